using Engagement.Contracts;
using Engagement.Orders.Following;
using Engagement.Orders.Settings;

namespace Engagement.Orders.CheckingIn;

/// <summary>The clock says: the customer has had the order for some days, or should have. <paramref name="Since"/> is from when it counts.</summary>
public sealed record CheckInDue(OrderId Order, DateTimeOffset Since) : IOrderTimer;

/// <summary>The clock says: the customer has been happy for some days.</summary>
public sealed record ReviewInvitationDue(OrderId Order, DateTimeOffset HappySince) : IOrderTimer;

/// <summary>Has it arrived, and is it right?</summary>
internal static class CheckIn
{
    /// <summary>Some days after the delivery, or after shipping as long as nobody tells of one. What is told too late is not asked about.</summary>
    public static (object Message, DateTimeOffset? At)? Timer(Order order, OrderRules rules, DateTimeOffset now)
    {
        if (!rules.ChecksIn || !IsWanted(order) || Since(order) is not { Backfill: false } since) return null;
        var at = rules.CheckInAt(since.OccurredAt, order.Delivered is not null, order.Placed?.Zone);
        return now - at > OrderRules.Freshness ? null
            : (new CheckInDue(order.OrderId, since.OccurredAt), at > now ? at : rules.NextGoodHour(now, order.Placed?.Zone));
    }

    public static (object Message, DateTimeOffset? At)? InvitationTimer(Order order, OrderRules rules) =>
        order is { IsClosed: false, CheckIn: { InvitedAt: null, Answer: { Answer: CheckInAnswer.Happy, Reported: { Backfill: false, OccurredAt: var happy } } } }
            && rules.InviteAfter is { } wait
            ? (new ReviewInvitationDue(order.OrderId, happy), rules.NextGoodHour(happy + wait, order.Placed?.Zone))
            : null;

    /// <summary>Nobody is asked twice.</summary>
    public static bool IsWanted(Order order) => order.CheckIn.AskedAt is null && MayBeAsked(order);

    /// <summary>Nobody is asked about what was answered, went back, was paid back or called off.</summary>
    public static bool MayBeAsked(Order order) =>
        order is { CheckIn.Answers.Count: 0, IsClosed: false, Refunds.Count: 0, Customer: { IsNobody: false } }
            && order.Reports.All(report => report.Fate is not (ParcelFate.Lost or ParcelFate.Returned));

    /// <summary>From when it counts now.</summary>
    public static Reported? Since(Order order) => order.Delivered?.Reported ?? (order.Parcels is [.., var last] ? last.Reported : null);
}

public static class CheckInDueHandler
{
    public static async Task<OutgoingMessages> Handle(CheckInDue due, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        // Asked for by the order, not by the customer: nobody knows that before the order is read.
        var order = await session.Events.FetchLatest<Order>(Order.Key(due.Order), ct);
        var isBusy = order?.Customer is { } customer && await Inquiries.AnyOpen(session, customer, ct);
        return await session.Change(due.Order, (current, rules) => Decide(current, due, rules, isBusy, clock.GetUtcNow()), clock, ct);
    }

    /// <summary>Nothing, where it counts from another time by now, or the customer waits for an answer of ours.</summary>
    internal static OrderEvent[] Decide(Order? order, CheckInDue due, OrderRules rules, bool hasOpenInquiry, DateTimeOffset now) =>
        order is not null && rules.ChecksIn && CheckIn.IsWanted(order) && CheckIn.Since(order)?.OccurredAt == due.Since && !hasOpenInquiry
            ? [new CheckInAsked(now)]
            : [];
}

public static class ReviewInvitationDueHandler
{
    public static Task<OutgoingMessages> Handle(ReviewInvitationDue due, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Change(due.Order, (order, _) => Decide(order, due, clock.GetUtcNow()), clock, ct);

    /// <summary>Nothing, where the customer has thought better of it, or the order has ended otherwise.</summary>
    internal static OrderEvent[] Decide(Order? order, ReviewInvitationDue due, DateTimeOffset now) =>
        order is { IsClosed: false, IsReturned: false, CheckIn: { InvitedAt: null, Answer: { Answer: CheckInAnswer.Happy } answer } }
            && answer.Reported.OccurredAt == due.HappySince ? [new ReviewInvited(now)] : [];
}
