using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>A message's mail will never be delivered. Handled where it is said: it crosses no queue.</summary>
/// <param name="Message">Its stream.</param>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record MailGivenUp(string Message, string Error, SqlStatement Done);

public static class MailGivenUpHandler
{
    public static async Task<OutgoingMessages> Handle(MailGivenUp givenUp, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(givenUp.Message, ct);
        session.QueueSqlCommand(givenUp.Done.Sql, givenUp.Done.Args);
        if (stream.Aggregate is not { State: MessageState.Released } message) return [];   // another instance was first to say so

        var now = clock.GetUtcNow();
        var (key, tenant) = (Message.KeyOf(stream.Key), session.TenantId);
        var isErased = givenUp.Error == MailChannel.Erased;
        var reason = isErased ? MailChannel.Erased : AskStaff.ReasonOf(StaffTaskKind.Undeliverable);
        stream.AppendOne(new MessageSuppressed(reason, now));
        AfterCommit.Run(() => MessagingMetrics.Suppressed(tenant, message.Kind, reason));
        if (message.Test is not null) return [];   // whoever tried it sees it among the messages
        if (isErased) return [new Contracts.MessageSuppressed(key, message.Kind, message.CustomerId, reason, now)];
        return
        [
            AskStaff.For(key, StaffTaskKind.Undeliverable, message.CustomerId, message.Occasion, now),
            new MessageFailed(key, message.Kind, message.CustomerId, reason, now),
        ];
    }
}
