using Engagement.Contracts;

namespace Engagement.Carts.Recovery;

/// <summary>The customer has a newer cart: it is the one to care for.</summary>
public sealed record NoteNewerCart(CartId Cart, CartId Newer, DateTimeOffset At) : ICartMessage;

/// <summary>The customer's newer carts, up to the one of that time, were emptied without an order: this is the one to care for again.</summary>
public sealed record NoteNewerCartsEmptied(CartId Cart, DateTimeOffset At) : ICartMessage;

/// <summary>The customer refused, or was erased.</summary>
public sealed record StopRecovery(CartId Cart, RecoveryEnd Reason, DateTimeOffset At) : ICartMessage;

public static class StopRecoveryHandler
{
    public static Task<OutgoingMessages> Handle(NoteNewerCart message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    public static Task<OutgoingMessages> Handle(NoteNewerCartsEmptied message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    public static Task<OutgoingMessages> Handle(StopRecovery message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    /// <summary>Nothing, where the customer has been at this cart since, or it makes no difference: it was bought, or a newer one is known.</summary>
    internal static CartEvent[] Decide(Cart cart, NoteNewerCart message) =>
        message.At > cart.LastActivity && !(cart.IsOutdone && cart.NewerAt <= message.At)
            && (cart.State is CartState.Open or CartState.Abandoned or CartState.Replaced || (!cart.IsBought && message.At <= cart.OrderedAt))
            ? [new NewerCartSeen(message.Newer, message.At)]
            : [];

    internal static CartEvent[] Decide(Cart cart, NoteNewerCartsEmptied message)
    {
        if (!(cart.IsOutdone && cart.NewerAt <= message.At)) return [];
        var emptied = new NewerCartsEmptied(message.At);
        return cart.Apply(emptied) is { State: CartState.Abandoned, Abandonment: { Ended: RecoveryEnd.NewerCart } left }
            && left.NextStep <= left.Plan.Count && left.Customer == cart.CustomerId
            ? [emptied, new CareResumed(left.Number)]
            : [emptied];
    }

    /// <summary>Of whoever was erased no answer is taken any more either: that is said of all that was left.</summary>
    internal static CartEvent[] Decide(Cart cart, StopRecovery message) =>
    [
        .. cart.Abandonments.Where(left => message.Reason == RecoveryEnd.Erased ? left.Ended != RecoveryEnd.Erased : left == cart.Abandonment && left.IsRunning)
            .Select(left => new RecoveryEnded(left.Number, message.Reason, message.At)),
    ];
}
