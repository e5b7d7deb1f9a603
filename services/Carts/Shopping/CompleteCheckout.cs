using Engagement.Contracts;

namespace Engagement.Carts.Shopping;

public static class CompleteCheckoutHandler
{
    public static Task<OutgoingMessages> Handle(CompleteCheckout message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    internal static CartEvent[] Decide(Cart cart, CompleteCheckout message) =>
        cart.BoughtAt >= message.Reported.OccurredAt ? [] : [new CheckoutCompleted(message.Order, message.Visit, message.Reported)];
}
