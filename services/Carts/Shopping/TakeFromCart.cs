using Engagement.Contracts;

namespace Engagement.Carts.Shopping;

public static class TakeFromCartHandler
{
    public static Task<OutgoingMessages> Handle(TakeFromCart message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    internal static CartEvent[] Decide(Cart cart, TakeFromCart message)
    {
        var taken = new ItemTaken(message.Item, message.Quantity, message.Visit, message.Reported);
        return cart.Contents.Knows(Cart.ChangeOf(taken)) && !cart.Learns(message.Visit, message.Reported) ? [] : [taken];
    }
}
