using System.Globalization;
using System.Text.Json;

namespace Engagement.Replay;

/// <summary>What can happen to an order, in its natural order.</summary>
internal enum OrderEventKind
{
    Placed,
    Paid,
    Shipped,
    Delivered,
    Cancelled,
}

internal static class OrderEvents
{
    /// <summary>What the row tells, not in order of time: the file has orders that were shipped before they were paid.</summary>
    public static IEnumerable<OrderEvent> From(OrderRow row)
    {
        yield return new OrderEvent(row, OrderEventKind.Placed, row.PlacedAt);
        if (row.PaidAt is { } paidAt)
        {
            yield return new OrderEvent(row, OrderEventKind.Paid, paidAt);
        }

        if (row.ShippedAt is { } shippedAt)
        {
            yield return new OrderEvent(row, OrderEventKind.Shipped, shippedAt);
        }

        if (row.DeliveredAt is { } deliveredAt)
        {
            yield return new OrderEvent(row, OrderEventKind.Delivered, deliveredAt);
        }

        if (row.Cancelled)
        {
            yield return new OrderEvent(row, OrderEventKind.Cancelled, CancelledAt(row));
        }
    }

    /// <summary>The file has no time for it: an hour after the last thing it knows.</summary>
    private static DateTimeOffset CancelledAt(OrderRow row) =>
        new[] { row.PlacedAt, row.PaidAt, row.ShippedAt, row.DeliveredAt }.Max()!.Value.AddHours(1);
}

/// <summary>One thing that happened to an order.</summary>
internal sealed class OrderEvent(OrderRow row, OrderEventKind kind, DateTimeOffset time) : FileEvent(row.Line, time, (int)kind)
{
    private static readonly string[] Names = ["placed", "paid", "shipped", "delivered", "cancelled"];
    private static readonly string[] Types = Array.ConvertAll(Names, name => $"order.{name}");

    public OrderEventKind Kind => kind;

    public override string Id => $"{row.Order}-{Names[(int)kind]}";

    public override string Group => row.Order;

    protected override string Source => "/replay/orders";

    protected override string Type => Types[(int)kind];

    protected override void WriteData(Utf8JsonWriter json, Timing timing)
    {
        json.WriteString("order"u8, row.Order);
        switch (kind)
        {
            case OrderEventKind.Placed:
                WritePurchase(json);
                if (row.PromisedOn is { } promisedOn)
                {
                    json.WriteString("promisedOn"u8, timing.Move(promisedOn).ToString("O", CultureInfo.InvariantCulture));
                }

                WriteCustomer(json);
                break;
            case OrderEventKind.Paid:
                json.WriteNumber("amount"u8, MadeUp.Purchase(row.Order, Buyer).Total);
                json.WriteString("currency"u8, MadeUp.Currency);
                break;
            case OrderEventKind.Shipped:
                var parcel = MadeUp.Parcel(row.Order);
                json.WriteString("carrier"u8, parcel.Carrier);
                json.WriteString("trackingNumber"u8, parcel.TrackingNumber);
                break;
        }
    }

    private Person Buyer => MadeUp.Person(row.Customer ?? row.Order);

    private void WritePurchase(Utf8JsonWriter json)
    {
        var purchase = MadeUp.Purchase(row.Order, Buyer);
        json.WriteNumber("total"u8, purchase.Total);
        json.WriteString("currency"u8, MadeUp.Currency);
        json.WriteStartArray("lines"u8);
        foreach (var line in purchase.Lines)
        {
            json.WriteStartObject();
            json.WriteString("title"u8, line.Title);
            json.WriteNumber("quantity"u8, line.Quantity);
            json.WriteNumber("price"u8, line.Price);
            json.WriteString("sku"u8, line.Sku);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteCustomer(Utf8JsonWriter json)
    {
        var buyer = Buyer;
        json.WriteStartObject("customer"u8);
        if (row.Customer is not null && !buyer.IsGuest)
        {
            json.WriteString("id"u8, row.Customer);
        }

        json.WriteString("name"u8, buyer.Name);
        json.WriteString("email"u8, buyer.Email);
        json.WriteString("language"u8, buyer.Language);
        json.WriteString("zone"u8, buyer.Zone);
        json.WriteStartObject("address"u8);
        json.WriteString("street"u8, buyer.Street);
        json.WriteString("city"u8, buyer.City);
        json.WriteString("postalCode"u8, buyer.PostalCode);
        json.WriteString("country"u8, buyer.Country);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
