using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.WooCommerce;

/// <summary>An order as WooCommerce has it when the webhook is sent: read whole each time, and what was told before is nothing new.</summary>
internal static class WooCommerceOrder
{
    private static readonly string[] NotPlaced = ["checkout-draft", "auto-draft"];
    private static readonly string[] NotPaid = ["pending", "on-hold", "failed", "cancelled", "refunded", "trash"];

    public static void Read(Fields order, Findings found)
    {
        var id = new OrderId(order.Id("id"));
        var status = order.Loose("status", 50);
        if (status is not null && NotPlaced.Contains(status)) return;
        var modified = found.Time(order, "date_modified_gmt", utc: true);
        var created = found.Time(order, "date_created_gmt", utc: true);
        var paid = found.Time(order, "date_paid_gmt", utc: true);
        var completed = found.Time(order, "date_completed_gmt", utc: true);
        var (known, contact) = Customer(order, found);
        var quiet = known is null;
        // What became of an order has no time of its own: with one that was there before us it may be long past.
        var isPast = quiet || created < found.ConnectedAt;
        var customer = known ?? CustomerId.Nobody(id);
        var (total, lines) = Amounts(order);
        var version = $"orders/{id.Value}@{Findings.Version(modified ?? found.Now)}";

        var placed = new PlaceOrder(id, customer, total, lines, null, found.At(created, quiet), order.Loose("number", 100));
        found.Add($"{version}/placed", placed, found.At(created ?? modified), contact);   // as the customer gave it then, however late the order changes
        if (paid is not null && !NotPaid.Contains(status))
            found.Add($"{version}/paid", new RecordPayment(id, total, customer, found.At(paid, quiet), Findings.WholePayment), found.At(modified));
        if (status == "failed")   // its every later change would say so again: one failure of an order is told, until it is forgotten
            found.Add($"orders/{id.Value}/failed", new RecordPaymentFailure(id, null, found.At(modified, isPast)), found.At(modified));
        if (status == "completed" && completed is not null && order.OptionalList("shipping_lines", OrderPlacedEvent.MostLines, _ => 0).Length > 0)
            found.Add($"{version}/shipped", new ShipOrder(id, null, null, null, found.At(completed), "completed"), found.At(modified));
        if (status == "cancelled")
            found.Add($"{version}/cancelled", new CancelOrder(id, null, found.At(modified, isPast)), found.At(modified));
        order.OptionalList("refunds", OrderPlacedEvent.MostLines, refund =>
        {
            var number = refund.Id("id");
            Money? back = refund.OptionalRounded("total", -VendorFields.HighestAmount) is { } amount ? total with { Amount = Math.Abs(amount) } : null;
            found.Add($"refunds/{number}", new RecordRefund(id, number, back, found.At(modified, isPast)), found.At(modified));
            return 0;
        });
    }

    /// <summary>Only the id comes: the shop threw the order away.</summary>
    public static void ReadDeleted(Fields order, Findings found)
    {
        var id = new OrderId(order.Id("id"));
        found.Add($"orders/{id.Value}/deleted", new RemoveOrder(id, found.At(null)), found.At(null));
    }

    private static (Money Total, IReadOnlyList<OrderLine> Lines) Amounts(Fields order)
    {
        var currency = order.Currency("currency");
        var withTax = order.Has("prices_include_tax") && order.Flag("prices_include_tax");
        var lines = order.List("line_items", OrderPlacedEvent.MostLines, line =>
        {
            var quantity = line.LooseQuantity("quantity");
            var whole = line.OptionalRounded("total", -VendorFields.HighestAmount);
            var tax = line.OptionalRounded("total_tax", -VendorFields.HighestAmount) ?? 0;
            var price = whole is { } sum && quantity > 0
                ? Math.Max(0, decimal.Round((withTax ? sum + tax : sum) / quantity, Fields.Decimals))
                : line.OptionalRounded("price") ?? 0;
            return new OrderLine(line.Loose("name", 500) ?? "-", quantity, new Money(price, currency), line.Loose("sku", 100));
        });
        return (new Money(order.Rounded("total"), currency), [.. lines.Where(line => line.Quantity > 0)]);
    }

    private static (CustomerId? Id, ContactFound? Contact) Customer(Fields order, Findings found)
    {
        var billing = order.OptionalObject("billing");
        var shipping = order.OptionalObject("shipping");
        var email = billing?.LooseEmail("email");
        if (found.Customer(order.LooseId("customer_id"), email) is not { } id) return (null, null);

        var name = (billing is { } payer ? VendorFields.Name(payer) : null) ?? (shipping is { } receiver ? VendorFields.Name(receiver) : null);
        var address = (shipping is { } place ? VendorFields.Address(place, "postcode", "country") : null)
            ?? (billing is { } home ? VendorFields.Address(home, "postcode", "country") : null);
        return (id, VendorFields.Contact(id, name, email, billing?.Loose("phone", 50) ?? shipping?.Loose("phone", 50), address, null));
    }
}
