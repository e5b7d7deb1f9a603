using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Erasing;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Contacts;

/// <summary>Remembers how to reach a customer, and releases what waited for that.</summary>
public static class ContactSeenHandler
{
    public static async Task<OutgoingMessages> Handle(ContactSeen message, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var batch = session.CreateBatchQuery();
        var (erasure, contacts) = (batch.Load<ErasedCustomer>(message.CustomerId), batch.Load<Contact>(message.CustomerId));
        await batch.Execute(ct);
        if (await erasure is { } erased && erased.Covers(message.Reported)) return [];   // late, or replayed
        var known = await contacts;
        if (Contact.With(known, message) is not { } contact) return [];   // nothing new
        session.Store(contact);
        if ((known?.HasEmail ?? false, known?.HasPhone ?? false) == (contact.HasEmail, contact.HasPhone)) return [];   // nothing can have waited for it

        OutgoingMessages outgoing = [];
        var waiting = await session.QueryAsync<Message>(
            "where d.data ->> 'Customer' = ? and d.data ->> 'State' = ? order by d.data ->> 'Cursor'", ct, message.CustomerId.Value, nameof(MessageState.WaitingForContact));
        if (waiting.Count == 0) return [];
        var settings = await session.SettingsAsync<MessagingSettings>(ct);
        foreach (var held in waiting.Where(held => Ways.Choose(held.Kind, contact, settings) is Channel.Email or Channel.Sms))
        {
            var stream = await session.Events.FetchForWriting<Message>(held.Id, ct);
            if (stream.Aggregate is { State: MessageState.WaitingForContact } asked)
                outgoing.AddRange(await outbox.PassAsync(session, stream, asked, clock.GetUtcNow(), ct, contact));
        }

        return outgoing;
    }
}
