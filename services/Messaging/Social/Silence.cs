using System.Text.Json.Serialization;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>How long a shop that has somewhere to post has posted nothing: since its last post, or since it said where posts go. One per shop.</summary>
/// <param name="IsReminded">Staff were asked, once for each silence.</param>
public sealed record Silence(string Id, DateTimeOffset Since, bool IsReminded = false)
{
    public const string Key = "silence";

    [JsonIgnore]
    public StaffTaskKey Task => new($"post-something/{Since.ToUnixTimeSeconds()}");

    public static Silence From(DateTimeOffset since) => new(Key, since);
}

/// <summary>What concerns a shop's silence: one after the other.</summary>
public interface ISilenceMessage : IGrouped
{
    string IGrouped.GroupId => Silence.Key;
}

/// <summary>
/// The clock says: settings that were about to be kept a minute ago are kept now, or were refused. Sent before they are, so that no reminder is lost between
/// two commits.
/// </summary>
public sealed record SocialSettingsSettled() : TimeoutMessage(TimeSpan.FromMinutes(1)), ISilenceMessage;

/// <summary>Something was posted.</summary>
public sealed record ShopPosted(DateTimeOffset At) : ISilenceMessage;

/// <summary>The clock says: nothing was posted for as long as the settings said when this timer was set.</summary>
public sealed record SilenceLasted(DateTimeOffset At) : ISilenceMessage;

/// <summary>Reminds staff, once, when a shop has posted nothing for long.</summary>
public static class SilenceHandler
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(48);

    public static Task<OutgoingMessages> Handle(SocialSettingsSettled message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        Record(session, (silence, settings) => Decide(silence, settings, message, clock.GetUtcNow()), ct);

    public static Task<OutgoingMessages> Handle(ShopPosted message, IDocumentSession session, CancellationToken ct) =>
        Record(session, (silence, settings) => Decide(silence, settings, message), ct);

    public static Task<OutgoingMessages> Handle(SilenceLasted message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        Record(session, (silence, settings) => Decide(silence, settings, message, clock.GetUtcNow()), ct);

    /// <summary>A silence begins where a shop says for the first time where posts go; where it says nowhere, there is none.</summary>
    internal static (Silence?, IEnumerable<object>) Decide(Silence? silence, SocialSettings settings, SocialSettingsSettled _, DateTimeOffset now)
    {
        var next = settings.Url is null ? null : silence ?? Silence.From(now);
        return (next, [.. Withdrawn(silence, when: settings.RemindAt(now) is null, now), .. Watched(next, settings)]);
    }

    internal static (Silence?, IEnumerable<object>) Decide(Silence? silence, SocialSettings settings, ShopPosted posted)
    {
        if (silence?.Since >= posted.At) return (silence, []);
        var next = settings.Url is null ? null : Silence.From(posted.At);
        return (next, [.. Withdrawn(silence, when: true, posted.At), .. Watched(next, settings)]);
    }

    /// <summary>Nothing, where something was posted, staff know, or the settings say another time now.</summary>
    internal static (Silence?, IEnumerable<object>) Decide(Silence? silence, SocialSettings settings, SilenceLasted due, DateTimeOffset now) =>
        silence is { IsReminded: false } && settings.RemindAt(silence.Since) == due.At
            ? (silence with { IsReminded = true },
                [new RaiseStaffTask(silence.Task, StaffTaskKind.PostSomething, Urgency.Low, null, "social", now + Patience, now)])
            : (silence, []);

    private static IEnumerable<object> Withdrawn(Silence? silence, bool when, DateTimeOffset now) =>
        when && silence is { IsReminded: true } ? [new WithdrawStaffTask(silence.Task, WithdrawalReason.SilenceOver, now)] : [];

    private static IEnumerable<object> Watched(Silence? silence, SocialSettings settings) =>
        silence is { IsReminded: false } && settings.RemindAt(silence.Since) is { } at ? [new SilenceLasted(at).ScheduledAt(at)] : [];

    private static async Task<OutgoingMessages> Record(
        IDocumentSession session, Func<Silence?, SocialSettings, (Silence?, IEnumerable<object>)> decide, CancellationToken ct)
    {
        var silence = await session.LoadAsync<Silence>(Silence.Key, ct);
        var (next, messages) = decide(silence, await session.SettingsAsync<SocialSettings>(ct));
        if (next is null && silence is not null) session.Delete(silence);
        if (next is not null && next != silence) session.Store(next);
        return [.. messages];
    }
}
