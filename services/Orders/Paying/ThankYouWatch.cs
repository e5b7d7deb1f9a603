using Engagement.Contracts;

namespace Engagement.Orders.Paying;

/// <summary>A payment came: its thanks have to leave by then.</summary>
public sealed record WatchThankYou([property: SagaIdentity] OrderId Order, DateTimeOffset Until);

/// <summary>The thanks have left, or are not wanted any more.</summary>
public sealed record ThankYouSettled([property: SagaIdentity] OrderId Order);

/// <summary>The clock says: the thanks should have left.</summary>
public sealed record ThankYouWaitEnded([property: SagaIdentity] OrderId Order, DateTimeOffset Until);

/// <summary>Nobody told in time that the thanks have left.</summary>
public sealed record MissThankYou(OrderId Order) : IGrouped
{
    string IGrouped.GroupId => Orders.Order.Key(Order);
}

/// <summary>
/// Watches over ourselves, from a payment's arrival here until its thanks have left. That these are missing is said to the order, which knows best: a step
/// that failed and was made up for later must not alarm anybody.
/// </summary>
public sealed class ThankYouWatch : Saga
{
    public string Id { get; set; } = "";

    public DateTimeOffset Until { get; set; }

    public DeliveryMessage<ThankYouWaitEnded> StartOrHandle(WatchThankYou message)
    {
        Until = message.Until;
        return new ThankYouWaitEnded(message.Order, message.Until).ScheduledAt(message.Until);
    }

    public void Handle(ThankYouSettled _) => MarkCompleted();

    public MissThankYou? Handle(ThankYouWaitEnded due)
    {
        if (due.Until != Until) return null;   // superseded
        MarkCompleted();
        return new MissThankYou(due.Order);
    }

    /// <summary>It was over before.</summary>
    public static void NotFound(ThankYouSettled _)
    {
    }

    /// <summary>The thanks left in time: the usual end.</summary>
    public static void NotFound(ThankYouWaitEnded _)
    {
    }
}

public static class MissThankYouHandler
{
    public static Task<OutgoingMessages> Handle(MissThankYou message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Change(message.Order, (order, _) => Decide(order, clock.GetUtcNow()), clock, ct);

    internal static OrderEvent[] Decide(Order? order, DateTimeOffset now) =>
        order is { ThankYou.OverdueAt: null } && ThankForPayment.IsAwaited(order) ? [new ThankYouOverdue(now)] : [];
}
