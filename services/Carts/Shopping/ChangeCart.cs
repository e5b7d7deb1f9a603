using Engagement.Contracts;

namespace Engagement.Carts.Shopping;

public static class ChangeCartHandler
{
    public static Task<OutgoingMessages> Handle(ChangeCart message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    internal static CartEvent[] Decide(Cart cart, ChangeCart message) =>
        cart.Contents.Knows(message.Lines, message.Total, message.Reported.OccurredAt) && !cart.Learns(message.Visit, message.Reported)
            ? []   // told twice: nothing new
            : [new CartChanged(message.Lines, message.Total, message.Visit, message.Reported)];
}
