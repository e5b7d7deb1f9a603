using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>A mail won't be delivered. <paramref name="Done"/> ends its delivery, in the same commit.</summary>
public sealed record MailGivenUp(string Message, string Error, SqlStatement Done);

public static class MailGivenUpHandler
{
    public static async Task<OutgoingMessages> Handle(MailGivenUp message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(message.Message, ct);
        session.QueueSqlCommand(message.Done.Sql, message.Done.Args);
        if (stream.Aggregate is not { State: MessageState.Released } released) return [];   // another instance was first to say so

        var now = clock.GetUtcNow();
        var isErased = message.Error == MailChannel.Erased;
        var reason = isErased ? MailChannel.Erased : AskStaff.ReasonOf(StaffTaskKind.Undeliverable);
        stream.AppendOne(new MessageSuppressed(reason, now));
        AfterCommit.Run(() => MessagingMetrics.Suppressed(session.TenantId, released.Kind, reason));
        var customer = released.Customer is { } id ? new CustomerId(id) : (CustomerId?)null;
        return isErased ? [] : [AskStaff.For(Message.KeyOf(stream.Key), StaffTaskKind.Undeliverable, customer, released.Occasion, now)];
    }
}
