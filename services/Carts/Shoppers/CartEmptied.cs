using Engagement.Carts.Recovery;
using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>A customer's cart was emptied some time ago.</summary>
public sealed record CartEmptied(CustomerId CustomerId, CartId Cart, DateTimeOffset At) : IShopperMessage
{
    /// <summary>Many shops empty a cart when it is ordered, and tell of the order a little later.</summary>
    internal static DateTimeOffset DueAt(Reported emptied, DateTimeOffset now) =>
        new[] { emptied.OccurredAt + Carts.Cart.CheckoutEnds, now + CartQuiet.Settling }.Max();
}

public static class CartEmptiedHandler
{
    public static Task<OutgoingMessages> Handle(CartEmptied message, IDocumentSession session, CancellationToken ct) =>
        session.Remember(message.CustomerId, shopper => Decide(shopper, message), ct);

    /// <summary>The newest of the others is cared for again. Nothing, where there was an order since, or something was put in again.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, CartEmptied message)
    {
        if (shopper.KnownAs is { } account) return (shopper, [message with { CustomerId = account }]);
        if (shopper.Carts.FirstOrDefault(known => known.Cart == message.Cart) is not { IsEmpty: false } cart || cart.SeenAt >= message.At
            || shopper.Orders.Any(order => order.At >= cart.SeenAt)) return (shopper, []);
        var after = shopper.With(cart with { IsEmpty = true });
        var newest = after.Carts.LastOrDefault(known => !known.IsEmpty);
        return (after, newest?.SeenAt < cart.SeenAt ? [new NoteNewerCartsEmptied(newest.Cart, cart.SeenAt)] : []);
    }
}
