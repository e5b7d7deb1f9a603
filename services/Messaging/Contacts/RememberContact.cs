using Engagement.Contracts;
using Engagement.Messaging.Requesting;

namespace Engagement.Messaging.Contacts;

/// <summary>Remembers how to reach a customer, and releases what waited for that.</summary>
public static class ContactSeenHandler
{
    public static async Task<OutgoingMessages> Handle(ContactSeen message, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var known = await session.LoadAsync<Contact>(message.CustomerId, ct);
        if (Contact.With(known, message) is not { } contact) return [];   // nothing new
        session.Store(contact);
        if (known is { HasEmail: true } || !contact.HasEmail) return [];   // nothing can have waited

        OutgoingMessages outgoing = [];
        var waiting = await session.QueryAsync<Message>(
            "where d.data ->> 'Customer' = ? and d.data ->> 'State' = ?", ct, message.CustomerId.Value, nameof(MessageState.WaitingForContact));
        foreach (var held in waiting)
        {
            var stream = await session.Events.FetchForWriting<Message>(held.Id, ct);
            if (stream.Aggregate is { State: MessageState.WaitingForContact } asked)
                outgoing.AddRange(await outbox.PassAsync(session, stream, asked, contact, clock.GetUtcNow(), ct));
        }

        return outgoing;
    }
}
