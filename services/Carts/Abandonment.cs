using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Carts;

/// <summary>One time that a cart was left, and what came of it.</summary>
/// <param name="Plan">When each step is due, after the last activity.</param>
/// <param name="FirstStep">Those before it were taken when the same was left before.</param>
public sealed record Abandonment(
    int Number, DateTimeOffset LastActivity, CustomerId? Customer, IReadOnlyList<OrderLine> Lines, Money? Value, string? AtStep,
    IReadOnlyList<TimeSpan> Plan, bool EvenIfStale, DateOnly Day, DateTimeOffset LeftAt, int FirstStep = 1)
{
    /// <summary>What Messaging was asked for.</summary>
    public IReadOnlyList<Reminder> Reminders { get; init; } = [];

    public RecoveryEnd? Ended { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public CartReason? Reason { get; init; }

    public Sealed? Words { get; init; }

    public CartWonBack? WonBack { get; init; }

    /// <summary>Whether a step may still be asked for.</summary>
    [JsonIgnore]
    public bool IsRunning => Ended is null && Plan.Count > 0;

    public static Abandonment Of(CartLeftBehind e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return new(e.Number, e.LastActivity, e.Customer, e.Lines, e.Value, e.AtStep, e.Plan, e.EvenIfStale, e.Day, e.At, e.FirstStep);
    }

    public Abandonment With(Reminder reminder) => this with { Reminders = [.. Reminders.Append(reminder)] };

    public Abandonment With(int step, Func<Reminder, Reminder> change) => this with
    {
        Reminders = [.. Reminders.Select(reminder => reminder.Step == step ? change(reminder) : reminder)],
    };

    /// <summary>The first that was not asked for.</summary>
    [JsonIgnore]
    internal int NextStep => Reminders.Count == 0 ? FirstStep : Reminders[^1].Step + 1;

    public Reminder? Asked(int step) => Reminders.FirstOrDefault(reminder => reminder.Step == step);

    /// <summary>The step to begin with where the same is left again: none is told twice, and after the good-bye, or an answer, there is none.</summary>
    [JsonIgnore]
    internal int NextStepOfTheSame => Ended is RecoveryEnd.Finished or RecoveryEnd.Answered
        ? int.MaxValue
        : Reminders.Where(reminder => reminder.NotSent is null).Select(reminder => reminder.Step + 1).Append(FirstStep).Max();

    /// <summary>When a step is due; steps count from 1.</summary>
    public DateTimeOffset DueAt(int step) => LastActivity + Plan[step - 1];
}

/// <summary>A step's message.</summary>
/// <param name="NotSent">Why Messaging did not send it.</param>
public sealed record Reminder(int Step, MessageKind Kind, DateTimeOffset DueAt, DateTimeOffset AskedAt, DateTimeOffset? SentAt = null, string? NotSent = null);
