using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>What was cancelled was not won back. Nobody is written to of the cart all the same.</summary>
public static class OrderCancelledHandler
{
    public static Task<OutgoingMessages> Handle(OrderCancelled message, IDocumentSession session, CancellationToken ct) =>
        session.Remember(message.CustomerId, shopper => Decide(shopper, message), ct);

    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, OrderCancelled message) =>
        shopper.KnownAs is { } account ? (shopper, [message with { CustomerId = account }]) : Decide(shopper, message.Order);

    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, OrderId cancelled)
    {
        if (shopper.Cancelled.Contains(cancelled)) return (shopper, []);
        var after = shopper.Without(cancelled);
        if (shopper.Orders.FirstOrDefault(order => order.Order == cancelled) is not { CountsFor: { } cart } known) return (after, []);
        var order = known with { CountsFor = null };
        return (after.With(order), [order.ToNote(cart, shopper.CustomerId)]);
    }
}
