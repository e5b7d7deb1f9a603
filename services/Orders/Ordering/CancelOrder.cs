using Engagement.Contracts;

namespace Engagement.Orders.Ordering;

public static class CancelOrderHandler
{
    public static Task<OutgoingMessages> Handle(CancelOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    internal static OrderEvent[] Decide(Order? order, CancelOrder message) =>
        order?.Cancelled is not null ? [] : [new OrderCancelled(message.Reason, message.Reported)];
}
