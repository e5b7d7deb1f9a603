using Engagement.Contracts;

namespace Engagement.Support;

/// <summary>
/// Something a person has to do; its stream key is <c>task/{key}</c>. A task whose withdrawal came before it has no kind until it comes itself.
/// </summary>
public sealed record StaffTask(string Id)
{
    private const string Prefix = "task/";

    public string Key => Id[Prefix.Length..];

    public StaffTaskKind? Kind { get; init; }

    public Urgency Urgency { get; init; }

    public CustomerId? Customer { get; init; }

    public string? Subject { get; init; }

    public DateTimeOffset? RaisedAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public StaffTaskState State { get; init; }

    /// <summary>Who has taken it, or has done it.</summary>
    public StaffMember? Assignee { get; init; }

    /// <summary>Nobody had done it when it was due.</summary>
    public bool IsOverdue { get; init; }

    public StaffTaskOutcome? Outcome { get; init; }

    public WithdrawalReason? Withdrawn { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The stream's.</summary>
    public long Version { get; init; }

    public bool IsClosed => State is StaffTaskState.Done or StaffTaskState.Withdrawn;

    /// <summary>Its place in the list, which is sorted by due time: text that sorts as the times do.</summary>
    public string? Cursor => DueAt is { } due ? $"{CursorBefore(due)} {Key}" : null;

    public static string StreamKey(StaffTaskKey key) => Prefix + key.Value;

    /// <summary>Where the tasks that are due at this time begin.</summary>
    public static string CursorBefore(DateTimeOffset due) => $"{due.UtcDateTime:O}";

    public static StaffTask Create(IEvent<StaffTaskRaised> e) => New(e).Apply(e.Data);

    public static StaffTask Create(IEvent<StaffTaskWithdrawn> e) => New(e).Apply(e.Data);

    public StaffTask Apply(StaffTaskRaised e) => Next() with
    {
        Kind = e.Kind, Urgency = e.Urgency, Customer = e.Customer, Subject = e.Subject, RaisedAt = e.At, DueAt = e.DueAt,
    };

    public StaffTask Apply(StaffTaskUrgencyRaised e) => Next() with { Urgency = e.Urgency, DueAt = e.DueAt };

    public StaffTask Apply(StaffTaskTaken e) => Next() with { State = StaffTaskState.Taken, Assignee = e.By };

    public StaffTask Apply(StaffTaskGivenBack e) => Next() with { State = StaffTaskState.Open, Assignee = null };

    public StaffTask Apply(StaffTaskDeadlineMissed e) => Next() with { IsOverdue = true };

    public StaffTask Apply(StaffTaskCompleted e) => Next() with { State = StaffTaskState.Done, Assignee = e.By, Outcome = e.Outcome, ClosedAt = e.At };

    public StaffTask Apply(StaffTaskWithdrawn e) => Next() with { State = StaffTaskState.Withdrawn, Withdrawn = e.Reason, ClosedAt = e.At };

    private static StaffTask New(IEvent e) => new(e.StreamKey!);

    private StaffTask Next() => this with { Version = Version + 1 };
}

public enum StaffTaskState
{
    Open,
    Taken,
    Done,
    Withdrawn,
}
