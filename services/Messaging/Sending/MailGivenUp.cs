using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>A message will never leave. Handled where it is said: it crosses no queue.</summary>
/// <param name="Message">Its stream.</param>
/// <param name="How">Where it would have gone; null where nobody had looked yet.</param>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record MailGivenUp(string Message, string Error, Attempted? How, SqlStatement Done);

public static class MailGivenUpHandler
{
    public static async Task<OutgoingMessages> Handle(MailGivenUp givenUp, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(givenUp.Message, ct);
        session.QueueSqlCommand(givenUp.Done.Sql, givenUp.Done.Args);
        if (stream.Aggregate is not { State: MessageState.Released } message) return [];   // another instance was first to say so

        var now = clock.GetUtcNow();
        var isOurs = givenUp.Error is MailChannel.Erased or MailChannel.NoWayOut or Suppression.Bounced or Suppression.Complained;
        var reason = isOurs ? givenUp.Error : AskStaff.ReasonOf(StaffTaskKind.Undeliverable);
        var told = Outbox.Suppress(stream, message, reason, session.TenantId, now);
        OutgoingMessages outgoing = message.Test is not null || !NeedsPerson(message, reason)
            ? [.. told]
            :
            [
                AskStaff.For(message.Key, StaffTaskKind.Undeliverable, message.CustomerId, message.Occasion, now),
                new MessageFailed(message.Key, message.Kind, message.CustomerId, reason, now),
            ];
        if (givenUp.How is { IsGone: true } gone) outgoing.Add(new NoteAddress(gone.Address, AddressFate.Bounced, gone.Code, message.Id, now));
        return outgoing;
    }

    /// <summary>No person looks for a way to advertise, nor for one to somebody who must not be written to.</summary>
    private static bool NeedsPerson(Message message, string reason) => reason switch
    {
        MailChannel.Erased or MailChannel.NoWayOut => false,
        Suppression.Bounced or Suppression.Complained => Suppression.IsOwed(message.Kind),
        _ => message.Nature != MessageNature.Marketing,
    };
}
