using Engagement.Contracts;

namespace Engagement.Support.Raising;

public static class RaiseStaffTaskHandler
{
    public static Task<OutgoingMessages> Handle(RaiseStaffTask message, IDocumentSession session, CancellationToken ct) =>
        session.Record(message.Key, task => Decide(task, message), ct);

    internal static StaffTaskEvent[] Decide(StaffTask? task, RaiseStaffTask message) => task switch
    {
        null or { Kind: null } => [new StaffTaskRaised(message.Kind, message.Urgency, message.CustomerId, message.Subject, message.DueAt, message.At)],
        { IsClosed: false } when message.Urgency > task.Urgency || message.DueAt < task.DueAt =>
            [new StaffTaskUrgencyRaised(
                message.Urgency > task.Urgency ? message.Urgency : task.Urgency, message.DueAt < task.DueAt ? message.DueAt : task.DueAt!.Value, message.At)],
        _ => [],   // raised again, or after its end
    };
}
