using Engagement.Contracts;

namespace Engagement.Carts.Recovery;

/// <summary>The customer has a newer cart: it is the one to care for.</summary>
public sealed record NoteNewerCart(CartId Cart, CartId Newer, DateTimeOffset At) : ICartMessage;

/// <summary>The customer refused, or was erased.</summary>
public sealed record StopRecovery(CartId Cart, RecoveryEnd Reason, DateTimeOffset At) : ICartMessage;

public static class StopRecoveryHandler
{
    public static Task<OutgoingMessages> Handle(NoteNewerCart message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    public static Task<OutgoingMessages> Handle(StopRecovery message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    /// <summary>Nothing, where the customer has been at this cart since, or it makes no difference: it was bought, or a newer one is known.</summary>
    internal static CartEvent[] Decide(Cart cart, NoteNewerCart message) =>
        message.At > cart.LastActivity && !(cart.IsOutdone && cart.NewerAt <= message.At)
            && (cart.State is CartState.Open or CartState.Abandoned or CartState.Replaced || (!cart.IsBought && message.At <= cart.OrderedAt))
            ? [new NewerCartSeen(message.Newer, message.At)]
            : [];

    internal static CartEvent[] Decide(Cart cart, StopRecovery message) => cart.Abandonment is { IsRunning: true } left
        ? [new RecoveryEnded(left.Number, message.Reason, message.At)]
        : [];
}
