using System.Globalization;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Settings;

/// <summary>How a shop shows itself to its customers, and when and how often it writes.</summary>
/// <param name="Name">As customers know it.</param>
/// <param name="From">The address that mails come from; replies must reach a person.</param>
/// <param name="ReplyTo">Where replies go when not to <paramref name="From"/>.</param>
/// <param name="Language">For customers who didn't say theirs: <c>it</c> or <c>en</c>.</param>
/// <param name="Zone">The IANA time zone of customers who didn't say theirs.</param>
public sealed record MessagingSettings(string? Name, string? From, string? ReplyTo, string? Language, string? Zone) : ISettings
{
    private const int LongestName = 100;

    /// <summary>As long as <see cref="Pace"/> remembers, nearly.</summary>
    private const int MostHours = 720;

    private const int MostPerCap = 100;

    private const string TimeFormat = "HH:mm";

    public MessagingSettings() : this(null, null, null, null, null)
    {
    }

    /// <summary>When marketing rests, on the customer's clock: <c>21:00</c>. As <see cref="QuietUntil"/>: never.</summary>
    public string? QuietFrom { get; init; }

    public string? QuietUntil { get; init; }

    /// <summary>In so many hours a customer gets <see cref="MarketingPerCap"/> marketing messages at most; 0 for no limit.</summary>
    public int? CapHours { get; init; }

    public int? MarketingPerCap { get; init; }

    /// <summary>How long after its last message a flow, such as a cart's, keeps other marketing away.</summary>
    public int? FlowHours { get; init; }

    /// <summary>An occasion older than this is not written about.</summary>
    public int? FreshnessHours { get; init; }

    /// <summary>Who sends texts; null where nobody does.</summary>
    public SmsSettings? Sms { get; init; }

    /// <summary>By message (<c>shipped</c>) the ways to a customer, <c>email</c>, <c>sms</c>, <c>phone</c>, the first choice first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Channels { get; init; }

    public IEnumerable<FieldError> Check()
    {
        if (Name is not null && (string.IsNullOrWhiteSpace(Name) || Name.Length > LongestName || Name.Any(char.IsControl)))
            yield return new("/name", "invalid", $"1 to {LongestName} characters.");
        if (IsNoAddress(From)) yield return new("/from", "invalid", "A mail address.");
        if (IsNoAddress(ReplyTo)) yield return new("/replyTo", "invalid", "A mail address.");
        if (Language is not null && !Languages.BuiltIn.Contains(Language))
            yield return new("/language", "unknown", $"One of {string.Join(", ", Languages.BuiltIn)}.");
        if (Zone is not null && !(TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out var zone) && zone.HasIanaId))
            yield return new("/zone", "unknown", "An IANA time zone, such as Europe/Rome.");
        if (QuietFrom is not null && TimeOf(QuietFrom) is null) yield return new("/quietFrom", "invalid", "A time of day, such as 21:00.");
        if (QuietUntil is not null && TimeOf(QuietUntil) is null) yield return new("/quietUntil", "invalid", "A time of day, such as 08:00.");
        if (CapHours is < 0 or > MostHours) yield return new("/capHours", "invalid", $"0 to {MostHours}.");
        if (MarketingPerCap is < 1 or > MostPerCap) yield return new("/marketingPerCap", "invalid", $"1 to {MostPerCap}.");
        if (FlowHours is < 0 or > MostHours) yield return new("/flowHours", "invalid", $"0 to {MostHours}.");
        if (FreshnessHours is < 1 or > MostHours) yield return new("/freshnessHours", "invalid", $"1 to {MostHours}.");
        foreach (var error in ChannelSettings.Check(Channels)) yield return error;
    }

    /// <summary>When and how often to write, as these settings say.</summary>
    public MessageRules Rules()
    {
        var usual = MessageRules.Default;
        return new(
            new QuietHours(TimeOf(QuietFrom) ?? usual.Quiet.From, TimeOf(QuietUntil) ?? usual.Quiet.Until), Hours(CapHours) ?? usual.Cap,
            MarketingPerCap ?? usual.PerCap, Hours(FlowHours) ?? usual.Flow, Hours(FreshnessHours) ?? usual.Freshness);
    }

    /// <summary>Who writes, as these settings say, and the installation's where they say nothing.</summary>
    public Sender SenderFor(string tenant, MailOptions installation)
    {
        ArgumentNullException.ThrowIfNull(installation);
        var sender = installation.SenderOf(tenant);
        return sender with
        {
            Name = Name ?? sender.Name,
            Address = From ?? sender.Address,
            ReplyTo = ReplyTo ?? (From is null ? sender.ReplyTo : null),   // the installation's would lead away from the shop
            Language = Language ?? sender.Language,
            Zone = Zone ?? sender.Zone,
        };
    }

    /// <summary>As they hold.</summary>
    internal MessagingSettings Filled(string tenant, MailOptions installation)
    {
        var (sender, rules) = (SenderFor(tenant, installation), Rules());
        return new(sender.Name, sender.Address, sender.ReplyTo, sender.Language, sender.Zone)
        {
            QuietFrom = Written(rules.Quiet.From),
            QuietUntil = Written(rules.Quiet.Until),
            CapHours = (int)rules.Cap.TotalHours,
            MarketingPerCap = rules.PerCap,
            FlowHours = (int)rules.Flow.TotalHours,
            FreshnessHours = (int)rules.Freshness.TotalHours,
            Sms = Sms?.Shown(),
            Channels = Channels,
        };
    }

    private static TimeSpan? Hours(int? hours) => hours is { } known ? TimeSpan.FromHours(known) : null;

    private static TimeOnly? TimeOf(string? text) =>
        TimeOnly.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static string Written(TimeOnly time) => time.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static bool IsNoAddress(string? address) => address is not null && !Mailbox.TryCreate(address, null, out _);
}

internal static class Senders
{
    /// <summary>Who writes for the shop of this session.</summary>
    public static async Task<Sender> SenderOfAsync(this MailOptions installation, IQuerySession session, CancellationToken ct) =>
        (await session.SettingsAsync<MessagingSettings>(ct)).SenderFor(session.TenantId, installation);
}
