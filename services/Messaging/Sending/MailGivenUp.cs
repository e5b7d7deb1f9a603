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
    private const string Erased = "erased";
    private const string Undeliverable = "undeliverable";

    public static async Task<OutgoingMessages> Handle(MailGivenUp givenUp, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(givenUp.Message, ct);
        session.QueueSqlCommand(givenUp.Done.Sql, givenUp.Done.Args);
        if (stream.Aggregate is not { State: MessageState.Released } message) return [];

        var now = clock.GetUtcNow();
        var reason = givenUp.Error == Erased ? Erased : Undeliverable;
        stream.AppendOne(new MessageSuppressed(reason, now));
        var tenant = session.TenantId;
        AfterCommit.Run(() => MessagingMetrics.Suppressed(tenant, message.Kind, reason));
        var key = Message.KeyOf(stream.Key);
        if (reason == Erased) return [new Contracts.MessageSuppressed(key, message.Kind, message.CustomerId, reason, now)];
        session.Store(new StaffTask(stream.Key, reason, message.Customer, message.Occasion.Subject, now));
        return [new MessageFailed(key, message.Kind, message.CustomerId, reason, now)];
    }
}
