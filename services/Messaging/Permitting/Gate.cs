using Engagement.Contracts;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging.Permitting;

/// <summary>What may become of a message at a time.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    public sealed record Send : Verdict;

    /// <summary>The shop has stopped everything: until it goes on.</summary>
    public sealed record Hold : Verdict;

    public sealed record Defer(DateTimeOffset Until, string Reason) : Verdict;

    public sealed record Suppress(string Reason) : Verdict;
}

/// <summary>All that the gate looks at.</summary>
/// <param name="ByCustomer">What the customer said.</param>
/// <param name="AtAddress">What was said in mails to the very address; it holds for whoever is written to there.</param>
/// <param name="Pace">Null where its turn has been decided already.</param>
/// <param name="Zone">Where the customer lives, as far as we know.</param>
public sealed record Situation(
    Message Message, Permission? ByCustomer, Permission? AtAddress, Pace? Pace, MessageRules Rules, TimeZoneInfo Zone, bool IsStopped)
{
    /// <summary>It has only to leave: what is owed is not late any more.</summary>
    public bool IsReleased { get; init; }

    /// <summary>The way it would go.</summary>
    public Channel Channel { get; init; } = Channel.Email;
}

/// <summary>Decides whether a message may go: by what its reader permits, by the hour, by what else is written to that person. Pure.</summary>
public static class Gate
{
    public const string Stale = "stale";
    public const string NoConsent = "no-consent";
    public const string Refused = "refused";
    public const string QuietHours = "quiet-hours";
    public const string Capped = "capped";
    public const string AnotherFlow = "another-flow";
    public const string Switch = "switch";
    public const string Paused = "paused";

    public static Verdict Decide(Situation it, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(it);
        var message = it.Message;
        var isMarketing = message is { Test: null, Nature: MessageNature.Marketing };
        if (!(it.IsReleased && !Purposes.CanBeRefused(message.Purpose)) && IsStale(it, now)) return new Verdict.Suppress(Stale);
        if (message.Withdrawn is { } withdrawn) return new Verdict.Suppress(withdrawn);
        if (message.Test is null && Refusal(it) is { } refusal) return new Verdict.Suppress(refusal);
        if (message.Test is null && it.Pace?.EndOf(message) is { } ended) return new Verdict.Suppress(ended);
        if (isMarketing && it.Pace?.IsPaused == true && message.Purpose is Purpose.Offers or Purpose.Reviews) return new Verdict.Suppress(Paused);
        if (isMarketing && it.Pace?.FlowAt(now, it.Rules.Flow, except: message) is { } flow && flow != message.Subject) return new Verdict.Suppress(AnotherFlow);
        if (it.IsStopped) return new Verdict.Hold();
        return isMarketing ? GoodMoment(it, now) : new Verdict.Send();
    }

    /// <summary>The stronger word of the two, and what goes for everybody where there is none.</summary>
    private static string? Refusal(Situation it)
    {
        var purpose = it.Message.Purpose;
        if (!Purposes.CanBeRefused(purpose)) return null;
        var (own, address) = (it.ByCustomer?.On(purpose, it.Channel), it.AtAddress?.On(purpose, it.Channel));
        return (own is null || address?.Outweighs(own) == true ? address : own) switch
        {
            { Granted: true } => null,
            { Granted: false } => Refused,
            null => Purposes.NeedsPermission(purpose) ? NoConsent : null,
        };
    }

    /// <summary>Now, or the first time that is neither at night nor too soon after the last one; nothing is kept until it is stale.</summary>
    private static Verdict GoodMoment(Situation it, DateTimeOffset now)
    {
        var (at, reason) = (now, "");
        while (true)
        {
            if (it.Rules.QuietUntil(at, it.Zone) is { } morning) (at, reason) = (morning, reason.Length == 0 ? QuietHours : reason);
            else if (it.Pace?.FreeAt(at, it.Rules, except: it.Message) is { } free) (at, reason) = (free, reason.Length == 0 ? Capped : reason);
            else break;
        }

        return at == now ? new Verdict.Send()
            : IsStale(it, at) ? new Verdict.Suppress(reason)
            : new Verdict.Defer(at, reason);
    }

    private static bool IsStale(Situation it, DateTimeOffset at) =>
        !it.Message.Occasion.EvenIfStale && at - it.Message.Occasion.OccurredAt > it.Rules.Freshness;
}
