using Engagement.Carts.Recovery;
using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>A customer has begun with a cart, or come back to it.</summary>
public sealed record CartSeen(CustomerId CustomerId, CartId Cart, DateTimeOffset At) : IShopperMessage;

public static class CartSeenHandler
{
    public static Task<OutgoingMessages> Handle(CartSeen message, IDocumentSession session, CancellationToken ct) =>
        session.Remember(message.CustomerId, shopper => Decide(shopper, message), ct);

    /// <summary>Of a customer's carts the newest is cared for; and an order that was heard of first ends the care for this one as well.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, CartSeen message)
    {
        if (shopper.KnownAs is { } account) return (shopper, [message with { CustomerId = account }]);
        if (shopper.Carts.Any(known => known.Cart == message.Cart && !known.IsEmpty && known.SeenAt >= message.At)) return (shopper, []);   // known
        var others = shopper.Carts.Where(known => known.Cart != message.Cart).ToArray();
        var messages = others.Where(other => other.SeenAt < message.At).Select(object (other) => new NoteNewerCart(other.Cart, message.Cart, message.At));
        if (others.FirstOrDefault(other => !other.IsEmpty && other.SeenAt > message.At) is { } newer)
            messages = messages.Append(new NoteNewerCart(message.Cart, newer.Cart, newer.SeenAt));
        // The cart itself decides whether what was seen a little after the order was the end of its checkout.
        if (shopper.Orders.LastOrDefault(order => order.At + Cart.CheckoutEnds >= message.At) is { } later)
            messages = messages.Append(later.ToNote(message.Cart, message.CustomerId));
        if (shopper.StoppedAt is { } stopped && stopped >= message.At)
            messages = messages.Append(new StopRecovery(message.Cart, RecoveryEnd.Refused, stopped));
        return (shopper.With(new ShopperCart(message.Cart, message.At)), [.. messages]);
    }
}
