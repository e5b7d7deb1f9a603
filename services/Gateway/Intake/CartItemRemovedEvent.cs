using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CartItemRemovedEvent
{
    public static EventType Type { get; } = new("cart.item_removed", "carts", "Something was taken out of a cart; all of it where no quantity is said.", Read, """
        { "cart": "abc", "item": "T-1", "quantity": 1 }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        return (new TakeFromCart(data.Cart(context), data.Line("item", 500), data.OptionalQuantity("quantity"), visit, reported), contact);
    }
}
