using Engagement.Contracts;

namespace Engagement.Support.Watching;

/// <summary>The clock says: a task is due.</summary>
public sealed record StaffTaskOverdue(StaffTaskKey Key, DateTimeOffset DueAt) : IStaffTaskMessage
{
    public static DeliveryMessage<StaffTaskOverdue> At(StaffTaskKey key, DateTimeOffset due) => new StaffTaskOverdue(key, due).ScheduledAt(due);
}

public static class StaffTaskOverdueHandler
{
    public static Task<OutgoingMessages> Handle(StaffTaskOverdue due, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(due.Key, task => Decide(task, due, clock.GetUtcNow()), ct);

    /// <summary>Nothing, where it was done in time or has come to be due earlier.</summary>
    internal static StaffTaskEvent[] Decide(StaffTask? task, StaffTaskOverdue due, DateTimeOffset now) =>
        task is { IsClosed: false, IsOverdue: false } && task.DueAt == due.DueAt ? [new StaffTaskDeadlineMissed(due.DueAt, now)] : [];
}
