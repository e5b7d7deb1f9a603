using Engagement.Contracts;
using Engagement.Orders.Following;

namespace Engagement.Orders.Staff;

/// <summary>A person has done what an order needed. Tasks that others raised are none of ours.</summary>
public static class StaffTaskDoneHandler
{
    public static async Task<OutgoingMessages> Handle(StaffTaskDone done, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        StaffTasks.OrderOf(done) is { } id ? await session.Change(id, (order, _) => Decide(order, done), clock, ct) : [];

    internal static OrderEvent[] Decide(Order? order, StaffTaskDone done) =>
        order is null || order.SeenTo.Any(known => known.Kind == done.Kind && known.At == done.At) ? [] : [new OrderSeenTo(done.Kind, done.Outcome, done.At)];
}
