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
        var (cart, from) = (data.Cart(context), data.Cart(context, "from"));
        if (cart == from && cart.Value.Length > 0) data.Fault<CartId>("from", "same_cart", "Must be another cart than the one that goes on.");
        // What is in it may be told apart; a total is of its lines, and lines have a currency.
        data.Together("total", "lines");
        data.Together("lines", "currency");
        var currency = data.OptionalCurrency("currency") ?? "";
        var lines = data.ListOrNull("lines", OrderPlacedEvent.MostLines, line => CartFields.Line(line, currency));
        Money? total = data.OptionalAmount("total") is { } amount ? new Money(amount, currency) : null;
        return (new MergeCarts(cart, from, lines, total, visit, reported), contact);
    }
}
