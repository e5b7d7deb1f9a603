using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Recovery;

/// <summary>The cart's customer ordered, this very cart or something else; told again where it is to count otherwise than was said.</summary>
/// <param name="Named">The cart that the shop says was ordered, or a cart that was merged into this one and passes it on; null where it doesn't say.</param>
/// <param name="MayCount">It is for this cart of the customer's, and for no other, to count the order; null where a cart passes it on, which decides nothing.</param>
public sealed record NoteOrder(
    CartId Cart, OrderId Order, CustomerId CustomerId, Money Total, IReadOnlyList<OrderLine> Lines, CartId? Named, bool? MayCount, Reported Reported)
        : ICartMessage;

public static class NoteOrderHandler
{
    public static async Task<OutgoingMessages> Handle(NoteOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var window = (await session.SettingsAsync<CartsSettings>(ct)).Attribution();
        return await session.Record(message.Cart, cart => Decide(cart, message, window), clock.GetUtcNow(), ct);
    }

    internal static IEnumerable<CartEvent> Decide(Cart cart, NoteOrder m, TimeSpan window)
    {
        var known = cart.Orders.FirstOrDefault(order => order.Order == m.Order);
        var told = known ?? new CustomerOrdered(m.Order, m.CustomerId, m.Total, m.Lines, m.Named, false, m.Reported);
        // What was heard of as an order of another cart may be of this one: where the other was merged into it.
        var isOfThis = !cart.IsOrderedBy(told) && cart.IsOrderedBy(told with { Named = m.Named });
        var ordered = told with { MayCount = m.MayCount ?? told.MayCount, Named = isOfThis ? m.Named : told.Named };
        return ordered == known ? [] : [ordered, .. Attribution.Settle(cart.Apply(ordered), window)];
    }
}
