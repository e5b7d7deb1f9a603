using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Erasing;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging.Requesting;

/// <summary>The clock says: a message has waited long enough for its customer's address.</summary>
public sealed record ContactPatienceEnded(MessageKey Key, CustomerId Customer) : TimeoutMessage(TimeSpan.FromSeconds(60)), IGrouped
{
    string IGrouped.GroupId => $"customer/{Customer.Value}";
}

public static class ContactPatienceEndedHandler
{
    public static async Task<OutgoingMessages> Handle(
        ContactPatienceEnded due, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(due.Key), ct);
        if (stream.Aggregate is not { State: MessageState.WaitingForContact } message) return [];   // the address came in time
        var now = clock.GetUtcNow();
        if (await session.LoadAsync<Contact>(due.Customer, ct) is { } contact && await session.WayToAsync(message.Kind, contact, ct) is not null)
            return [.. await outbox.PassAsync(session, stream, message, now, ct, contact)];
        if (await session.LoadAsync<ErasedCustomer>(due.Customer, ct) is not null)
            return [.. Outbox.Suppress(stream, message, MailChannel.Erased, session.TenantId, now)];
        if (message.Nature == MessageNature.Marketing)   // no person looks for a way to advertise
            return [.. Outbox.Suppress(stream, message, AskStaff.ReasonOf(StaffTaskKind.NoAddress), session.TenantId, now)];
        return [.. Outbox.HandToStaff(stream, message.Kind, message.Occasion, due.Customer, StaffTaskKind.NoAddress, now)];
    }
}
