using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>What was cancelled was not won back. Nobody is written to of the cart all the same.</summary>
public static class OrderCancelledHandler
{
    public static async Task<OutgoingMessages> Handle(OrderCancelled message, IDocumentSession session, CancellationToken ct)
    {
        var shopper = await session.ShopperAsync(message.CustomerId, ct);
        return session.Remember(shopper, Decide(shopper, message));
    }

    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, OrderCancelled message)
    {
        if (shopper.Cancelled.Contains(message.Order)) return (shopper, []);
        var after = shopper.Without(message.Order);
        if (shopper.Orders.FirstOrDefault(order => order.Order == message.Order) is not { CountsFor: { } cart } known) return (after, []);
        var order = known with { CountsFor = null };
        return (after.With(order), [order.ToNote(cart, message.CustomerId)]);
    }
}
