using Engagement.Contracts;

namespace Engagement.Orders.Ordering;

public static class CancelOrderHandler
{
    public static Task<OutgoingMessages> Handle(CancelOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>Told again, the earliest counts: what was paid after it is another matter than what was paid before.</summary>
    internal static OrderEvent[] Decide(Order? order, CancelOrder message) =>
        order?.Cancelled is { } known && known.Reported.OccurredAt <= message.Reported.OccurredAt
            ? []
            : [new OrderCancelled(message.Reason ?? order?.Cancelled?.Reason, message.Reported)];
}
