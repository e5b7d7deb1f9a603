using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class CheckoutStepReachedEvent
{
    public static EventType Type { get; } = new("checkout.step_reached", "carts", "A customer has come to a step of the checkout.", Read, """
        { "cart": "abc", "step": "shipping", "given": ["address"], "url": "https://shop.example/checkout/abc" }
        """);

    private static readonly LineRule Step = new(text => SchemaNotes.Word().IsMatch(text), "not_a_word", "Must be one word.", Pattern: SchemaNotes.AWord);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var (visit, contact) = data.Visit(context);
        return (new ReachCheckoutStep(data.Cart(context), data.Exact("step", 50, Step), visit, reported), contact);
    }
}
