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
        var from = new CartId(data.Id("from"));
        var currency = data.OptionalCurrency("currency");
        var lines = data.OptionalList("lines", OrderPlacedEvent.MostLines, line => CartFields.Line(line, currency ?? ""));
        if (lines.Length > 0 && currency is null) data.Fault<string>("currency", "required", "Must be there, with the lines.");
        var total = data.OptionalAmount("total") is { } amount && currency is not null ? new Money(amount, currency) : (Money?)null;
        return (new MergeCarts(data.Cart(), from, lines.Length > 0 ? lines : null, total, visit, reported), contact);
    }
}
