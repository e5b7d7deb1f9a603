using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CheckoutStartedEvent
{
    public static EventType Type { get; } = new("checkout.started", "carts", "A customer has begun the checkout.", Read, """
        { "cart": "abc", "customer": { "id": "c-1", "name": "Giulia Rossi", "email": "giulia@example.org", "language": "it" } }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        return (new ReachCheckoutStep(data.Cart(context), null, visit, reported), contact);
    }
}
