using Engagement.Contracts;

namespace Engagement.Orders.Ordering;

public static class RemoveOrderHandler
{
    public static Task<OutgoingMessages> Handle(RemoveOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    internal static OrderEvent[] Decide(Order? order, RemoveOrder message) => order?.Removed is not null ? [] : [new OrderRemoved(message.Reported)];
}
