using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

/// <summary>An order as Shopify has it: each webhook tells all of it, so each is read whole, and what was told before is nothing new.</summary>
internal static class ShopifyOrder
{
    /// <summary>A till that was offline tells its orders late, but not by this much.</summary>
    private static readonly TimeSpan Imported = TimeSpan.FromDays(2);

    public static void Read(Fields order, Findings found)
    {
        var id = new OrderId(order.Id("id"));
        var updated = found.Time(order, "updated_at");
        var created = found.Time(order, "created_at");
        var processed = found.Time(order, "processed_at") ?? created;
        var cancelled = found.Time(order, "cancelled_at");
        var (known, contact) = Customer(order, found);
        // Sold over the counter to nobody in particular: there is nobody to write to. Or brought from another shop system: processed long before it was here.
        var quiet = known is null || processed < created - Imported;
        var customer = known ?? CustomerId.Nobody(id);
        var (total, lines) = Amounts(order);
        var version = $"orders/{id.Value}@{Findings.Version(updated ?? found.Now)}";

        var placed = new PlaceOrder(id, customer, total, lines, null, found.At(created, quiet), order.Loose("name", 100),
            Cart: (ShopifyCart.TokenOf(order, "cart_token") ?? ShopifyCart.TokenOf(order, "checkout_token")) is { } cart ? new CartId(cart) : null);
        found.Add($"{version}/placed", placed, found.At(created ?? updated), contact);   // as the customer gave it then, however late the order changes
        if (cancelled is null && Paid(order, total) is { } paid)
        {
            // The order does not say when it was paid. One that was there before us may have been paid long ago; with a younger one it is news.
            var isNews = found.Topic == "orders/paid" || created >= found.ConnectedAt;
            var payment = new RecordPayment(id, paid, customer, found.At(isNews ? updated : processed, quiet), Findings.WholePayment);
            found.Add($"{version}/paid", payment, found.At(updated));
        }

        var parcels = order.OptionalList("fulfillments", OrderPlacedEvent.MostLines, parcel => ShopifyFulfillment.Read(parcel, id, found));
        if (order.Loose("fulfillment_status", 50) == "fulfilled" && parcels.OfType<Parcel>().ToArray() is { Length: > 0 } sent
            && sent.All(parcel => parcel.IsDelivered))
            found.Add($"{version}/delivered", new ConfirmDelivery(id, found.At(sent.Max(parcel => parcel.Updated))), found.At(updated));
        if (cancelled is not null)
            found.Add($"{version}/cancelled", new CancelOrder(id, order.Loose("cancel_reason", 100), found.At(cancelled)), found.At(updated));
        order.OptionalList("refunds", OrderPlacedEvent.MostLines, refund => ShopifyRefund.Read(refund, id, found));
    }

    /// <summary>Only the id comes: the shop threw the order away.</summary>
    public static void ReadDeleted(Fields order, Findings found)
    {
        var id = new OrderId(order.Id("id"));
        found.Add($"orders/{id.Value}/deleted", new RemoveOrder(id, found.At(null)), found.At(null));
    }

    /// <summary>What was paid so far, of which a part is told in the shop's currency alone; null for nothing, or where it isn't said.</summary>
    private static Money? Paid(Fields order, Money total) => order.Loose("financial_status", 50) switch
    {
        "paid" or "partially_refunded" => total,
        "partially_paid" when order.Silently().Currency("currency") == total.Currency
            && order.OptionalRounded("total_outstanding", -VendorFields.HighestAmount) is { } left && left > 0 && left < total.Amount =>
            total with { Amount = total.Amount - left },
        _ => null,
    };

    /// <summary>What the customer saw and paid, where all of it is told in that currency; else what the shop reckons in.</summary>
    private static (Money Total, IReadOnlyList<OrderLine> Lines) Amounts(Fields order)
    {
        var seen = Presented(order, "total_price_set");
        var lines = order.List("line_items", OrderPlacedEvent.MostLines, line => (
            Title: line.Loose("title", 500), Quantity: line.LooseQuantity("quantity"), Price: line.Rounded("price"),
            Seen: seen is null ? null : Presented(line, "price_set"), Sku: line.Loose("sku", 100)));
        var currency = order.Currency("currency");
        var total = new Money(order.Rounded("total_price"), currency);
        var inSeen = seen is { } money && lines.All(line => line.Seen?.Currency == money.Currency);
        return (inSeen ? seen!.Value : total,
        [
            .. lines.Where(line => line.Quantity > 0)   // taken out again before it was paid
                .Select(line => new OrderLine(line.Title ?? "-", line.Quantity, inSeen ? line.Seen!.Value : new Money(line.Price, currency), line.Sku)),
        ]);
    }

    private static Money? Presented(Fields fields, string set) =>
        fields.OptionalObject(set)?.OptionalObject("presentment_money") is { } money && money.Has("amount")
            ? new Money(money.Rounded("amount"), money.Currency("currency_code"))
            : null;

    private static (CustomerId? Id, ContactFound? Contact) Customer(Fields order, Findings found)
    {
        var customer = order.OptionalObject("customer");
        var shipping = order.OptionalObject("shipping_address");
        var billing = order.OptionalObject("billing_address");
        var email = order.LooseEmail("email") ?? order.LooseEmail("contact_email") ?? customer?.LooseEmail("email");
        if (found.Customer(customer?.LooseId("id"), email) is not { } id) return (null, null);

        Fields?[] people = [customer, billing, shipping];
        var name = people.Select(person => person is { } p ? VendorFields.Name(p) : null).FirstOrDefault(n => n is not null);
        var phone = order.Loose("phone", 50) ?? people.Select(person => person?.Loose("phone", 50)).FirstOrDefault(p => p is not null);
        var place = shipping ?? billing ?? customer?.OptionalObject("default_address");
        var address = place is { } there ? VendorFields.Address(there, "zip", "country_code") : null;
        return (id, VendorFields.Contact(id, name, email, phone, address, order.LooseLanguage("customer_locale")));
    }
}
