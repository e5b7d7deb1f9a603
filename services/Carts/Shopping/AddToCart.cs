using Engagement.Contracts;

namespace Engagement.Carts.Shopping;

public static class AddToCartHandler
{
    public static Task<OutgoingMessages> Handle(AddToCart message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    /// <summary>The same, put in at the same instant, is the same telling, unless more is known of who is there.</summary>
    internal static CartEvent[] Decide(Cart cart, AddToCart message)
    {
        var added = new ItemAdded(message.Line, message.Visit, message.Reported);
        return cart.Contents.Knows(Cart.ChangeOf(added)) && !cart.Learns(message.Visit, message.Reported) ? [] : [added];
    }
}
