using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderPlacedEvent
{
    public const int MostLines = 1000;

    public static EventType Type { get; } = new("order.placed", "orders", "A customer has ordered.", Read);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var currency = data.Currency("currency");
        var (customer, contact) = data.Object("customer") is { } found ? CustomerFields.Read(found, context) : default;
        var order = new PlaceOrder(
            new OrderId(data.Id("order")),
            customer,
            new Money(data.Amount("total"), currency),
            data.List("lines", MostLines, line => ReadLine(line, currency)),
            data.OptionalDate("promisedOn"),
            reported);
        return (order, contact);
    }

    private static OrderLine ReadLine(Fields line, string currency) => new(
        line.Line("title", 500), line.Quantity("quantity"), new Money(line.Amount("price"), currency), line.OptionalLine("sku", 100));
}
