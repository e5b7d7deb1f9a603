using Engagement.Contracts;

namespace Engagement.Carts.Shopping;

public static class MergeCartsHandler
{
    public static Task<OutgoingMessages> Handle(MergeCarts message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    internal static CartEvent[] Decide(Cart cart, MergeCarts message) =>
        message.Cart == message.From || cart.Merges.Contains(new Told<string>(message.From, message.Reported.OccurredAt))
        ? []
        : [new CartsMerged(message.From, message.Lines, message.Total, message.Visit, message.Reported)];
}

/// <summary>This cart goes on in another.</summary>
/// <param name="Customer">Whose the other is, as far as it is known; told again when it changes.</param>
public sealed record MergeAway(CartId Cart, CartId Into, DateTimeOffset At, CustomerId? Customer = null) : ICartMessage;

public static class MergeAwayHandler
{
    public static Task<OutgoingMessages> Handle(MergeAway message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    internal static CartEvent[] Decide(Cart cart, MergeAway message) =>
        cart.MergedAt > message.At || (cart.MergedAt, cart.MergedInto, cart.GoesOnWith) == (message.At, message.Into, message.Customer)
            ? []
            : [new MergedAway(message.Into, message.At, message.Customer)];
}
