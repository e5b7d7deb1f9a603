using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Shoppers;

/// <summary>All that is known of a guest goes over to the account that the guest turned out to be.</summary>
public sealed record TakeGuestOver(CustomerId CustomerId, Shopper Guest) : IShopperMessage;

public static class GuestKnownHandler
{
    public static Task<OutgoingMessages> Handle(GuestKnown message, IDocumentSession session, CancellationToken ct) =>
        session.Remember(message.CustomerId, guest => Decide(guest, message), ct);

    public static async Task<OutgoingMessages> Handle(TakeGuestOver message, IDocumentSession session, CancellationToken ct)
    {
        var window = (await session.SettingsAsync<CartsSettings>(ct)).Attribution();
        return await session.Remember(message.CustomerId, account => Decide(account, message.Guest, window), ct);
    }

    /// <summary>From now on the guest's group passes on what it is told.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper guest, GuestKnown message) => guest.KnownAs == message.Account
        ? (guest, [])
        : (guest with { KnownAs = message.Account }, guest.IsUnheardOf ? [] : [new TakeGuestOver(message.Account, guest)]);

    /// <summary>As if each had been told of the account; what both know of is nothing new.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper account, Shopper guest, TimeSpan window)
    {
        List<object> messages = [];
        var after = account;
        void Then(Func<Shopper, (Shopper After, IEnumerable<object> Messages)> decide)
        {
            (after, var follows) = decide(after);
            messages.AddRange(follows);
        }

        foreach (var cart in guest.Carts.Where(cart => !cart.IsEmpty))
            Then(shopper => CartSeenHandler.Decide(shopper, new CartSeen(account.CustomerId, cart.Cart, cart.SeenAt)));
        foreach (var sent in guest.Sent) Then(shopper => MessageOutcomesHandler.Decide(shopper, sent, window));
        foreach (var order in guest.Cancelled) Then(shopper => OrderCancelledHandler.Decide(shopper, order));
        foreach (var order in guest.Orders)
        {
            OrderPlaced placed = new(order.Order, account.CustomerId, order.Total, [], order.Named, order.Reported);
            Then(shopper => OrderPlacedHandler.Decide(shopper, placed, window));
            // The cart that it counted for may have no claim to it any more.
            if (order.CountsFor is { } counted && after.Orders.FirstOrDefault(known => known.Order == order.Order) is { } known && known.CountsFor != counted)
                messages.Add(known.ToNote(counted, account.CustomerId));
        }

        if (guest.StoppedAt is { } stopped) Then(shopper => CustomerRefusedHandler.Decide(shopper, RecoveryEnd.Refused, stopped));
        return (after, messages);
    }
}
