using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderPlacedEvent
{
    public const int MostLines = 1000;

    public static EventType Type { get; } = new("order.placed", "orders", "A customer has ordered.", Read, """
        {
          "order": "1001", "total": 59.90, "currency": "EUR", "promisedOn": "2030-01-18", "cart": "abc",
          "lines": [{ "title": "Tazza", "quantity": 2, "price": 29.95, "sku": "T-1" }],
          "customer": {
            "id": "c-1", "name": "Giulia Rossi", "email": "giulia@example.org", "phone": "+39 011 1234567", "language": "it", "zone": "Europe/Rome",
            "address": { "street": "Via Roma 1", "city": "Torino", "postalCode": "10121", "country": "IT" }
          }
        }
        """);

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
            reported,
            data.OptionalLine("number", 100),
            contact?.Zone,
            data.OptionalId("cart") is { } cart ? CartFields.CartIdOf(cart, context) : null);
        return (order, contact);
    }

    private static OrderLine ReadLine(Fields line, string currency) => new(
        line.Line("title", 500), line.Quantity("quantity"), new Money(line.Amount("price"), currency), line.OptionalLine("sku", 100));
}
