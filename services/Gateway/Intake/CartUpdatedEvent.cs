using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CartUpdatedEvent
{
    public static EventType Type { get; } = new("cart.updated", "carts", "All that is in a cart now.", Read, """
        {
          "cart": "abc", "url": "https://shop.example/cart/abc", "total": 59.90, "currency": "EUR",
          "lines": [{ "title": "Tazza", "quantity": 2, "price": 29.95, "sku": "T-1" }],
          "customer": { "id": "c-1", "name": "Giulia Rossi", "email": "giulia@example.org", "language": "it" }
        }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        var currency = data.Currency("currency");
        var lines = data.List("lines", OrderPlacedEvent.MostLines, line => CartFields.Line(line, currency));
        Money? total = data.OptionalAmount("total") is { } amount ? new Money(amount, currency) : null;
        return (new ChangeCart(data.Cart(context), lines, total, visit, reported), contact);
    }
}
