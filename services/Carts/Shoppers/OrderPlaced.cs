using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Shoppers;

public static class OrderPlacedHandler
{
    public static async Task<OutgoingMessages> Handle(OrderPlaced message, IDocumentSession session, CancellationToken ct)
    {
        var window = (await session.SettingsAsync<CartsSettings>(ct)).Attribution();
        return await session.Remember(message.CustomerId, shopper => Decide(shopper, message, window), ct);
    }

    /// <summary>All carts of the customer hear of it, and the cart that was ordered, whosever it was; it counts for one at most.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, OrderPlaced message, TimeSpan window)
    {
        if (shopper.KnownAs is { } account) return (shopper, [message with { CustomerId = account }]);
        if (shopper.Orders.Any(known => known.Order == message.Order)) return (shopper, []);   // told twice
        var claim = shopper.ClaimTo(message.Order, message.Reported.OccurredAt, message.Cart, window);
        var order = new ShopperOrder(message.Order, message.Cart, message.Total, claim, message.Reported);
        var carts = shopper.Carts.Select(known => known.Cart).Union(new[] { message.Cart, claim }.OfType<CartId>());
        return (shopper.With(order), [.. carts.Select(cart => order.ToNote(cart, message.CustomerId, message.Lines))]);
    }
}
