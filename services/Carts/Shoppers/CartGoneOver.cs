using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>A customer's cart is somebody else's by now, as on a shared device: what the customer does is no concern of it any more.</summary>
public sealed record CartGoneOver(CustomerId CustomerId, CartId Cart, CustomerId To) : IShopperMessage;

public static class CartGoneOverHandler
{
    public static Task<OutgoingMessages> Handle(CartGoneOver message, IDocumentSession session, CancellationToken ct) =>
        session.Remember(message.CustomerId, shopper => Decide(shopper, message), ct);

    /// <summary>Nothing, where a guest logged in: it is the same customer's.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, CartGoneOver message) =>
        shopper.KnownAs == message.To || shopper.Carts.All(known => known.Cart != message.Cart) ? (shopper, [])
        : shopper.KnownAs is { } account ? (shopper.Without(message.Cart), [message with { CustomerId = account }])
        : (shopper.Without(message.Cart), []);
}
