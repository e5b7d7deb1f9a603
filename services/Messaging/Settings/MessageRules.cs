using Engagement.Messaging.Permitting;

namespace Engagement.Messaging.Settings;

/// <summary>When and how often a shop writes, its defaults filled in.</summary>
/// <param name="Cap">The time in which a customer gets <paramref name="PerCap"/> marketing messages at most; zero for no limit.</param>
/// <param name="Flow">How long after its last message a flow keeps others away.</param>
/// <param name="Freshness">An occasion older than this is not written about.</param>
public sealed record MessageRules(QuietHours Quiet, TimeSpan Cap, int PerCap, TimeSpan Flow, TimeSpan Freshness)
{
    public static MessageRules Default { get; } = new(
        new QuietHours(new TimeOnly(21, 0), new TimeOnly(8, 0)), TimeSpan.FromHours(24), 1, TimeSpan.FromHours(72), TimeSpan.FromHours(72));

    public DateTimeOffset? QuietUntil(DateTimeOffset instant, TimeZoneInfo zone) => Quiet.EndAt(instant, zone);
}
