using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Templating;
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
        var isOurs = givenUp.Error is MailChannel.Erased or MailChannel.NoWayOut;
        var reason = isOurs ? givenUp.Error : AskStaff.ReasonOf(StaffTaskKind.Undeliverable);
        var told = Outbox.Suppress(stream, message, reason, session.TenantId, now);
        if (isOurs || message.Test is not null || message.Nature == MessageNature.Marketing) return [.. told];   // no person looks for a way to advertise
        return
        [
            AskStaff.For(message.Key, StaffTaskKind.Undeliverable, message.CustomerId, message.Occasion, now),
            new MessageFailed(message.Key, message.Kind, message.CustomerId, reason, now),
        ];
    }
}
