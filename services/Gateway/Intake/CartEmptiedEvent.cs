using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CartEmptiedEvent
{
    public static EventType Type { get; } = new("cart.emptied", "carts", "Nothing is left in a cart.", Read, """
        { "cart": "abc" }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        return (new ChangeCart(data.Cart(context), [], null, visit, reported), contact);
    }
}
