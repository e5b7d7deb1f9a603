using Engagement.Carts.Recovery;
using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Shoppers;

public static class OrderPlacedHandler
{
    public static async Task<OutgoingMessages> Handle(OrderPlaced message, IDocumentSession session, CancellationToken ct)
    {
        var window = (await session.SettingsAsync<CartsSettings>(ct)).Attribution();
        var shopper = await session.ShopperAsync(message.CustomerId, ct);
        return session.Remember(shopper, Decide(shopper, message, window));
    }

    /// <summary>All carts of the customer hear of it, and the cart that was ordered, whosever it was; it counts for one at most.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, OrderPlaced message, TimeSpan window)
    {
        if (shopper.Orders.Any(known => known.Order == message.Order)) return (shopper, []);   // told twice
        var at = message.Reported.OccurredAt;
        var claim = shopper.Sent.LastOrDefault(sent => sent.At <= at && at <= sent.At + window)?.Cart ?? message.Cart;
        var carts = shopper.Carts.Select(known => known.Cart).Union(message.Cart is { } ordered ? [ordered] : []).Union(claim is { } claims ? [claims] : []);
        return (
            shopper.With(new ShopperOrder(message.Order, message.Cart, message.Total, claim is not null, message.Reported)),
            [
                .. carts.Select(cart => new NoteOrder(
                    cart, message.Order, message.CustomerId, message.Total, message.Lines, cart == message.Cart, cart == claim, message.Reported)),
            ]);
    }
}
