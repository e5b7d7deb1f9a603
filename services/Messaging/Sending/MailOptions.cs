using System.Text.RegularExpressions;
using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Sending;

/// <summary>Who mails come from where the shop's settings don't say, and where they go when there is no server. Section <c>Mail</c>.</summary>
public sealed partial class MailOptions
{
    /// <summary>Replies must reach a person. <c>{tenant}</c> stands for the shop.</summary>
    public string From { get; set; } = "ciao@{tenant}.example";

    /// <summary>The shop's name as customers know it; by default made of its key.</summary>
    public string? FromName { get; set; }

    /// <summary>Where replies go when not to <see cref="From"/>.</summary>
    public string? ReplyTo { get; set; }

    /// <summary>Where the <c>.eml</c> files go; by default <c>{Engagement:Home}/mail</c>.</summary>
    public string? Folder { get; set; }

    public Sender SenderOf(string tenant)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        var label = NotOfADomain().Replace(tenant, "-").Trim('-');
        string Filled(string pattern) => pattern.Replace("{tenant}", label, StringComparison.Ordinal);
        return new(tenant, FromName ?? char.ToUpperInvariant(tenant[0]) + tenant[1..], Filled(From), ReplyTo is null ? null : Filled(ReplyTo));
    }

    [GeneratedRegex("[^A-Za-z0-9-]+")]
    private static partial Regex NotOfADomain();
}
