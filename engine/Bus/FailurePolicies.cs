using Engagement.EventStore;

namespace Engagement.Bus;

/// <summary>Something that has rules for failing handlers.</summary>
public interface IWithFailurePolicies
{
    internal FailureRules Failures { get; }
}

/// <summary>Begins rules for failing handlers. Configured once, before the host starts; not thread-safe.</summary>
public static class FailurePolicyExtensions
{
    /// <summary>
    /// Begins a rule for exceptions of one type. The first rule that fits counts; without one a message is tried three times, after a
    /// lost race six times, and then goes to the dead letters.
    /// </summary>
    public static IFailureActions OnException<TException>(this IWithFailurePolicies policies, Func<TException, bool>? exceptionPredicate = null)
        where TException : Exception
    {
        var rule = new FailureRule(e => e is TException typed && (exceptionPredicate is null || exceptionPredicate(typed)));
        policies.Failures.Rules.Add(rule);
        return rule;
    }
}

/// <summary>What is done when a handler fails.</summary>
public interface IFailureActions
{
    /// <summary>Gives up: the message goes to the dead letters.</summary>
    IAdditionalActions MoveToErrorQueue();

    /// <summary>Gives up: the message is dropped.</summary>
    IAdditionalActions Discard();

    /// <summary>Tries once more at once.</summary>
    IAdditionalActions RetryOnce();

    /// <summary>Tries so many times more, at once.</summary>
    IAdditionalActions RetryTimes(int attempts);

    /// <summary>Tries once more after each of these waits, in real time.</summary>
    IAdditionalActions RetryWithCooldown(params TimeSpan[] delays);

    /// <summary>As <see cref="RetryWithCooldown"/>, for messages from a queue only: a caller of <c>InvokeAsync</c> does not wait so long.</summary>
    IAdditionalActions ScheduleRetry(params TimeSpan[] delays);
}

/// <summary>What follows when a rule's retries are used up; default is the dead letters.</summary>
public interface IAdditionalActions
{
    /// <summary>What is done when that was not enough.</summary>
    IFailureActions Then { get; }
}

internal sealed class FailureRules
{
    private static readonly FailureRule Default = FailureRule.Of(TimeSpan.Zero, TimeSpan.Zero);

    private static readonly FailureRule LostRace = FailureRule.Of(
        TimeSpan.Zero, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));

    // A newer replica may have sent it while this one has not been replaced yet.
    private static readonly FailureRule NewerSender =
        FailureRule.Of(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10));

    public List<FailureRule> Rules { get; } = [];

    /// <summary>What to do after the failure of this attempt, counted from 1.</summary>
    public FailureAction ActionFor(Exception e, int attempt) => e switch
    {
        UnknownMessageException => NewerSender.After(attempt),
        UnreadableMessageException => new FailureAction(null),
        _ => NamedActionFor(e, attempt) ?? (e is ConcurrencyException ? LostRace : Default).After(attempt),
    };

    /// <summary>What a configured rule says; null where none fits.</summary>
    public FailureAction? NamedActionFor(Exception e, int attempt) => Rules.FirstOrDefault(r => r.Matches(e))?.After(attempt);
}

/// <summary>Try again after a wait, or give up (dead letters, or nothing at all).</summary>
/// <param name="Inline">Whether a caller who waits for the answer is kept waiting for the retry.</param>
internal readonly record struct FailureAction(TimeSpan? RetryAfter, bool Discard = false, bool Inline = false);

internal sealed class FailureRule(Func<Exception, bool> matches) : IFailureActions, IAdditionalActions
{
    public bool Matches(Exception e) => matches(e);

    public List<FailureAction> Actions { get; } = [];

    public FailureAction Last { get; private set; } = new(null);

    public IFailureActions Then => this;

    public static FailureRule Of(params TimeSpan[] waits)
    {
        var rule = new FailureRule(_ => true);
        rule.RetryWithCooldown(waits);
        return rule;
    }

    public FailureAction After(int attempt) => attempt <= Actions.Count ? Actions[attempt - 1] : Last;

    public IAdditionalActions MoveToErrorQueue() => End(new FailureAction(null));

    public IAdditionalActions Discard() => End(new FailureAction(null, Discard: true));

    public IAdditionalActions RetryOnce() => RetryTimes(1);

    public IAdditionalActions RetryTimes(int attempts) => RetryWithCooldown([.. Enumerable.Repeat(TimeSpan.Zero, attempts)]);

    public IAdditionalActions RetryWithCooldown(params TimeSpan[] delays)
    {
        Actions.AddRange(delays.Select(d => new FailureAction(d, Inline: true)));
        return this;
    }

    public IAdditionalActions ScheduleRetry(params TimeSpan[] delays)
    {
        Actions.AddRange(delays.Select(d => new FailureAction(d)));
        return this;
    }

    private FailureRule End(FailureAction last)
    {
        Last = last;
        return this;
    }
}
