using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Channels;

/// <summary>Which way a message goes: the first of the shop's list by which its customer can be reached, and no other.</summary>
internal static class Ways
{
    /// <summary>Null while there is none.</summary>
    public static async Task<Channel?> WayToAsync(this IQuerySession session, MessageKind kind, Contact contact, CancellationToken ct) =>
        Choose(kind, contact, await session.SettingsAsync<MessagingSettings>(ct));

    public static Channel? Choose(MessageKind kind, Contact contact, MessagingSettings settings)
    {
        foreach (var channel in ListOf(kind, settings))
        {
            var reaches = channel switch
            {
                Channel.Email => contact.HasEmail,
                Channel.Sms => contact.HasPhone && settings.Sms is { Url: not null, Secret: not null },
                Channel.Phone => contact.HasPhone,
                _ => throw new ArgumentOutOfRangeException(nameof(settings), channel, "No such way."),
            };
            if (reaches) return channel;
        }

        return null;
    }

    /// <summary>Nobody is called for what isn't owed.</summary>
    public static IReadOnlyList<Channel> DefaultsOf(MessageKind kind) =>
    [
        Channel.Email,
        .. FitsText(kind) ? [Channel.Sms] : (Channel[])[],
        .. Suppression.IsOwed(kind) ? [Channel.Phone] : (Channel[])[],
    ];

    /// <summary>A text has no way out of marketing, and no room for what a person wrote.</summary>
    public static bool FitsText(MessageKind kind) =>
        MessageKinds.NatureOf(kind) != MessageNature.Marketing && kind is not (MessageKind.InquiryReply or MessageKind.ReviewReply);

    private static IReadOnlyList<Channel> ListOf(MessageKind kind, MessagingSettings settings) =>
        settings.Channels?.GetValueOrDefault(kind.Name()) is { } names
            ? [.. names.Select(name => Enum.Parse<Channel>(name, ignoreCase: true))]
            : DefaultsOf(kind);
}
