using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CheckoutCompletedEvent
{
    public static EventType Type { get; } = new("checkout.completed", "carts", "A customer has completed the checkout.", Read, """
        { "cart": "abc", "order": "1001" }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        return (new CompleteCheckout(data.Cart(context), data.OptionalId("order") is { } order ? new OrderId(order) : null, visit, reported), contact);
    }
}
