using Engagement.Messaging.Channels;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Settings;

/// <summary>How a shop shows itself to its customers.</summary>
/// <param name="Name">As customers know it.</param>
/// <param name="From">The address that mails come from; replies must reach a person.</param>
/// <param name="ReplyTo">Where replies go when not to <paramref name="From"/>.</param>
/// <param name="Language">For customers who didn't say theirs: <c>it</c> or <c>en</c>.</param>
/// <param name="Zone">The IANA time zone of customers who didn't say theirs.</param>
/// <param name="Channels">By message (<c>shipped</c>) the ways to a customer, <c>email</c>, <c>sms</c>, <c>phone</c>, the first choice first.</param>
public sealed record MessagingSettings(
    string? Name, string? From, string? ReplyTo, string? Language, string? Zone, SmsSettings? Sms = null,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Channels = null) : ISettings
{
    private const int LongestName = 100;

    public MessagingSettings() : this(null, null, null, null, null)
    {
    }

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
        foreach (var error in ChannelSettings.Check(Channels)) yield return error;
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

    internal static MessagingSettings Of(Sender sender) => new(sender.Name, sender.Address, sender.ReplyTo, sender.Language, sender.Zone);

    private static bool IsNoAddress(string? address) => address is not null && !Mailbox.TryCreate(address, null, out _);
}

internal static class Senders
{
    /// <summary>Who writes for the shop of this session.</summary>
    public static async Task<Sender> SenderOfAsync(this MailOptions installation, IQuerySession session, CancellationToken ct) =>
        (await session.SettingsAsync<MessagingSettings>(ct)).SenderFor(session.TenantId, installation);
}
