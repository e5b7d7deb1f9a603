using Engagement.Contracts;
using Engagement.Orders.Following;
using Engagement.Orders.Settings;

namespace Engagement.Orders.Shipping;

/// <summary>The clock says: the promised day is over.</summary>
public sealed record PromiseEnded(OrderId Order, DateOnly PromisedOn) : IOrderTimer;

/// <summary>The clock says: some days ago the customer was told that the order is late.</summary>
public sealed record LatePatienceEnded(OrderId Order, DateTimeOffset LateSince) : IOrderTimer;

/// <summary>The day that was promised for the delivery, and what its end means.</summary>
internal static class Promise
{
    /// <summary>What is told after the promised day is told with the rest of its story: as long is waited for that.</summary>
    private static readonly TimeSpan RestOfTheStory = TimeSpan.FromHours(1);

    /// <summary>As the shop or its carrier told it, else by the shop's rule; null where nothing is promised, or for never, or nobody waits any more.</summary>
    public static (object Message, DateTimeOffset? At)? Timer(Order order, OrderRules rules, DateTimeOffset now)
    {
        if (order is not { Late: null, IsAwaited: true, IsHistory: false } || Of(order, rules) is not { } day || day == DateOnly.MaxValue) return null;
        var end = rules.EndOf(day);
        return now - end > OrderRules.Freshness ? null : (new PromiseEnded(order.OrderId, day), end > now ? end : now + RestOfTheStory);
    }

    public static (object Message, DateTimeOffset? At)? CallTimer(Order order, OrderRules rules) =>
        order is { Late: { } late, StillLate: null, IsAwaited: true } && rules.LateCallAfter is { } patience
            ? (new LatePatienceEnded(order.OrderId, late.At), late.At + patience)
            : null;

    private static DateOnly? Of(Order order, OrderRules rules) =>
        order.PromisedOn ?? (order.Paid is { } paid ? rules.PromiseFor(paid.Reported.OccurredAt) : null);
}

public static class PromiseEndedHandler
{
    public static Task<OutgoingMessages> Handle(PromiseEnded due, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Change(due.Order, (order, _) => Decide(order, due, clock.GetUtcNow()), clock, ct);

    /// <summary>Nothing, where it arrived in time, can't arrive, or was promised for another day meanwhile. A customer is told once of a delay.</summary>
    internal static OrderEvent[] Decide(Order? order, PromiseEnded due, DateTimeOffset now) =>
        order is { Late: null, IsAwaited: true, IsHistory: false } && (order.PromisedOn ?? due.PromisedOn) == due.PromisedOn
            ? [new OrderBecameLate(due.PromisedOn, now)]
            : [];
}

public static class LatePatienceEndedHandler
{
    public static Task<OutgoingMessages> Handle(LatePatienceEnded due, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Change(due.Order, (order, _) => Decide(order, due, clock.GetUtcNow()), clock, ct);

    /// <summary>Nothing, where it arrived meanwhile, or can't arrive.</summary>
    internal static OrderEvent[] Decide(Order? order, LatePatienceEnded due, DateTimeOffset now) =>
        order is { Late: { } late, StillLate: null, IsAwaited: true } && late.At == due.LateSince ? [new OrderStayedLate(now)] : [];
}
