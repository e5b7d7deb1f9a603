using Engagement.Contracts;

namespace Engagement.Support;

public abstract record StaffTaskEvent(DateTimeOffset At);

public sealed record StaffTaskRaised(
    StaffTaskKind Kind, Urgency Urgency, CustomerId? Customer, string Subject, DateTimeOffset DueAt, DateTimeOffset At) : StaffTaskEvent(At);

/// <summary>It was raised again, and is more pressing or due earlier.</summary>
public sealed record StaffTaskUrgencyRaised(Urgency Urgency, DateTimeOffset DueAt, DateTimeOffset At) : StaffTaskEvent(At);

public sealed record StaffTaskTaken(StaffMember By, DateTimeOffset At) : StaffTaskEvent(At);

public sealed record StaffTaskGivenBack(StaffMember By, DateTimeOffset At) : StaffTaskEvent(At);

/// <summary>It was due, and nobody had done it.</summary>
public sealed record StaffTaskDeadlineMissed(DateTimeOffset DueAt, DateTimeOffset At) : StaffTaskEvent(At);

public sealed record StaffTaskCompleted(StaffMember By, StaffTaskOutcome Outcome, DateTimeOffset At) : StaffTaskEvent(At);

public sealed record StaffTaskWithdrawn(WithdrawalReason Reason, DateTimeOffset At) : StaffTaskEvent(At);
