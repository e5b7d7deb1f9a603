using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>A message's receiver took it. Handled where it is said: it crosses no queue.</summary>
/// <param name="Message">Its stream.</param>
/// <param name="How">What was sent, and where.</param>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record MessageLeft(string Message, Attempted How, SqlStatement Done);

public static class MessageLeftHandler
{
    public static async Task<OutgoingMessages> Handle(
        MessageLeft delivered, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(delivered.Message, ct);
        session.QueueSqlCommand(delivered.Done.Sql, delivered.Done.Args);
        // It is out, also where another instance has meanwhile put it off; else another one sent it too, and was first to say so.
        if (stream.Aggregate is not { State: MessageState.Released or MessageState.Held or MessageState.Deferred } message) return [];

        var now = clock.GetUtcNow();
        var how = delivered.How;
        stream.AppendMany(new MessageComposed(how.Language!, how.TemplateVersion, how.Address, now), new MessageSent(how.MessageId!, now));
        await Outbox.NoteLeftAsync(session, message, now, ct);
        var tenant = session.TenantId;
        AfterCommit.Run(() => MessagingMetrics.Sent(tenant, message, now));
        return message.Test is not null ? [] : [new Contracts.MessageSent(Message.KeyOf(stream.Key), message.Kind, message.CustomerId, now)];
    }
}
