namespace Engagement.Messaging.Sending;

/// <summary>A mail ready to be handed over. <see cref="ToString"/> says nothing personal.</summary>
/// <param name="MessageId">Without angle brackets; safe as a file name.</param>
/// <param name="Content">The whole mail by RFC 5322: ASCII, CRLF, dots not yet doubled.</param>
public sealed record OutgoingMail(string MessageId, Mailbox From, Mailbox To, ReadOnlyMemory<byte> Content)
{
    public override string ToString() => $"<{MessageId}>";
}
