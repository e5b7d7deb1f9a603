using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Recovery;

/// <summary>The cart's customer ordered: this very cart, or something else.</summary>
/// <param name="MayCount">No other cart of the customer has a better claim to the order.</param>
public sealed record NoteOrder(
    CartId Cart, OrderId Order, CustomerId CustomerId, Money Total, IReadOnlyList<OrderLine> Lines, bool OfThisCart, bool MayCount, Reported Reported)
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
        if (cart.Orders.FirstOrDefault(order => order.Order == m.Order) is { } known && (known.MayCount || !m.MayCount)) return [];
        var ordered = new CustomerOrdered(m.Order, m.CustomerId, m.Total, m.Lines, m.OfThisCart, m.MayCount, m.Reported);
        return m.MayCount && Attribution.Of(cart, ordered, window) is { } won ? [ordered, won] : [ordered];
    }
}
