namespace Engagement.Messaging.Composing;

/// <summary>The person a mail is for. <see cref="ToString"/> says nothing personal, so that no log can.</summary>
/// <param name="Name">As the person or the shop wrote it.</param>
/// <param name="Language">BCP 47 tag; null where nobody said.</param>
/// <param name="Zone">IANA time zone; null where nobody said.</param>
public sealed record Recipient(string? Name, string Address, string? Language = null, string? Zone = null)
{
    public override string ToString() => "<recipient>";
}

/// <summary>The shop that writes. Replies to <paramref name="Address"/> (or <paramref name="ReplyTo"/>) reach a person.</summary>
public sealed record Sender(
    string Tenant, string Name, string Address, string? ReplyTo = null, string Language = "it", string Zone = "Europe/Rome");

/// <summary>A mail's words, ready to be packed. <see cref="ToString"/> says nothing personal.</summary>
public sealed record ComposedMail(string Subject, string Text, string Html)
{
    public override string ToString() => "<mail>";
}
