using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>A message will never be delivered. Handled where it is said: it crosses no queue.</summary>
/// <param name="Message">Its stream.</param>
/// <param name="How">What was found out, and where it would have gone.</param>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record MessageGivenUp(string Message, Attempted? How, string Error, SqlStatement Done);

public static class MessageGivenUpHandler
{
    public static async Task<OutgoingMessages> Handle(MessageGivenUp givenUp, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(givenUp.Message, ct);
        session.QueueSqlCommand(givenUp.Done.Sql, givenUp.Done.Args);
        if (stream.Aggregate is not { State: MessageState.Released } message) return [];   // another instance was first to say so

        var now = clock.GetUtcNow();
        var reason = givenUp.Error is Suppression.Bounced or Suppression.Complained or MailChannel.Erased or MailChannel.NoWayOut
            ? givenUp.Error
            : AskStaff.Undeliverable;
        OutgoingMessages outgoing = [];
        if (givenUp.How is { GoneBy: { } code } how)
            outgoing.Add(new NoteAddress(how.Address, AddressFate.Bounced, code.Length > 0 ? code : null, message.Id, now));
        var told = Outbox.Suppress(stream, message, reason, session.TenantId, now);
        await Outbox.GiveBackAsync(session, message, now, ct);
        if (!AskStaff.NeedsPerson(message, reason)) return [.. outgoing, .. told];
        return
        [
            .. outgoing,
            AskStaff.For(message.Key, StaffTaskKind.Undeliverable, message.CustomerId, message.Occasion, now),
            new MessageFailed(message.Key, message.Kind, message.CustomerId, reason, now),
        ];
    }
}
