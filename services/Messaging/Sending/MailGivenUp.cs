using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>A message will never leave. Handled where it is said: it crosses no queue.</summary>
/// <param name="Message">Its stream.</param>
/// <param name="Done">Ends the delivery in the same commit.</param>
/// <param name="GoneAddress">The hash of an address that there is not, as its server says with <paramref name="Code"/>.</param>
public sealed record MailGivenUp(string Message, string Error, SqlStatement Done, string? GoneAddress = null, string? Code = null);

public static class MailGivenUpHandler
{
    public static async Task<OutgoingMessages> Handle(MailGivenUp givenUp, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(givenUp.Message, ct);
        session.QueueSqlCommand(givenUp.Done.Sql, givenUp.Done.Args);
        if (stream.Aggregate is not { State: MessageState.Released } message) return [];   // another instance was first to say so

        var now = clock.GetUtcNow();
        var (key, tenant) = (Message.KeyOf(stream.Key), session.TenantId);
        var reason = givenUp.Error is MailChannel.Erased or Suppression.Bounced or Suppression.Complained
            ? givenUp.Error
            : AskStaff.ReasonOf(StaffTaskKind.Undeliverable);
        stream.AppendOne(new MessageSuppressed(reason, now));
        AfterCommit.Run(() => MessagingMetrics.Suppressed(tenant, message.Kind, reason));
        OutgoingMessages outgoing = [];
        if (givenUp.GoneAddress is { } address) outgoing.Add(new NoteAddress(address, AddressFate.Bounced, givenUp.Code, message.Id, now));
        if (message.Test is not null) return outgoing;   // whoever tried it sees it among the messages
        if (reason == MailChannel.Erased || (reason is Suppression.Bounced or Suppression.Complained && !Suppression.IsOwed(message.Kind)))
            return [.. outgoing, new Contracts.MessageSuppressed(key, message.Kind, message.CustomerId, reason, now)];
        return
        [
            .. outgoing,
            AskStaff.For(key, StaffTaskKind.Undeliverable, message.CustomerId, message.Occasion, now),
            new MessageFailed(key, message.Kind, message.CustomerId, reason, now),
        ];
    }
}
