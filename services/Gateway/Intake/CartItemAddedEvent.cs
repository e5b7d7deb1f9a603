using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CartItemAddedEvent
{
    public static EventType Type { get; } = new("cart.item_added", "carts", "Something was put into a cart.", Read, """
        { "cart": "abc", "item": { "title": "Tazza", "quantity": 1, "price": 29.95, "sku": "T-1" }, "currency": "EUR", "url": "https://shop.example/cart/abc" }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        var currency = data.Currency("currency");
        var line = data.Object("item") is { } item ? CartFields.Line(item, currency) : new OrderLine("", 1, default);
        return (new AddToCart(data.Cart(context), line, visit, reported), contact);
    }
}
