using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CartMergedEvent
{
    public static EventType Type { get; } = new("cart.merged", "carts", "A cart went on in another, as when a customer logs in on a second device.", Read, """
        {
          "cart": "abc", "from": "def", "currency": "EUR", "lines": [{ "title": "Tazza", "quantity": 3, "price": 29.95, "sku": "T-1" }],
          "customer": { "id": "c-1", "name": "Giulia Rossi", "email": "giulia@example.org", "language": "it" }
        }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        var from = data.Cart(context, "from");
        var currency = data.Currency("currency");
        var lines = data.List("lines", OrderPlacedEvent.MostLines, line => CartFields.Line(line, currency));
        Money? total = data.OptionalAmount("total") is { } amount ? new Money(amount, currency) : null;
        return (new MergeCarts(data.Cart(context), from, lines, total, visit, reported), contact);
    }
}
