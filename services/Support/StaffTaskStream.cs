using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Support.Watching;

namespace Engagement.Support;

internal static class StaffTaskStream
{
    /// <summary>Records what is decided on a task, and sends what follows from it.</summary>
    public static async Task<OutgoingMessages> Record(
        this IDocumentSession session, StaffTaskKey key, Func<StaffTask?, StaffTaskEvent[]> decide, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<StaffTask>(StaffTask.StreamKey(key), ct);
        var events = decide(stream.Aggregate);
        stream.AppendMany(events);
        if (events.Any(e => e is StaffTaskDeadlineMissed)) AfterCommit.Run(() => SupportMetrics.Overdue(session.TenantId, stream.Aggregate!));
        return [.. events.SelectMany(e => Follow(key, stream.Aggregate, e))];
    }

    internal static IEnumerable<object> Follow(StaffTaskKey key, StaffTask? before, StaffTaskEvent e) => e switch
    {
        StaffTaskRaised raised when before is null => [StaffTaskOverdue.At(key, raised.DueAt)],
        StaffTaskUrgencyRaised raised when raised.DueAt < before!.DueAt => [StaffTaskOverdue.At(key, raised.DueAt)],
        StaffTaskCompleted done => [new StaffTaskDone(key, before!.Kind!.Value, before.Customer, done.Outcome, done.At)],
        _ => [],
    };
}
