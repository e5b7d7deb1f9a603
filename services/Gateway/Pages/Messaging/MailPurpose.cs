using Engagement.Contracts;

namespace Engagement.Gateway.Pages.Messaging;

/// <summary>What a mail was written for, by its message's key, which begins with the message's kind.</summary>
internal static class MailPurpose
{
    /// <summary>What can be refused, as the page lists it: marketing first.</summary>
    public static readonly IReadOnlyList<Purpose> Refusable = [.. Purposes.Refusable.OrderByDescending(Purposes.NeedsPermission)];

    /// <summary>What the page offers; a call is agreed on with a person.</summary>
    public static readonly IReadOnlyList<Channel> Channels = [Channel.Email, Channel.Sms];

    private static readonly Dictionary<string, MessageKind> Kinds =
        Enum.GetValues<MessageKind>().ToDictionary(kind => kind.Name());

    /// <summary>Null where the key says no kind that we know.</summary>
    public static Purpose? Of(MessageKey? message) =>
        message is { } key && Kinds.TryGetValue(key.Value.Split('/', 2)[0], out var kind) ? Purposes.Of(kind) : null;
}
