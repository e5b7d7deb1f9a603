using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Contacts;

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
        var way = await session.WayToAsync(message.Kind, await session.LoadAsync<Contact>(due.Customer, ct), ct);
        if (way is null or Channel.Phone)
        {
            var task = way is null ? StaffTaskKind.NoAddress : StaffTaskKind.CallCustomer;
            return [.. Outbox.HandToStaff(stream, message.Kind, message.Occasion, due.Customer, task, now)];
        }

        outbox.Release(session, stream, now, way.Value);
        return [];
    }
}
