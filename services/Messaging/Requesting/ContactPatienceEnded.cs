using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Erasing;

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
        var hasEmail = await session.LoadAsync<Contact>(due.Customer, ct) is { HasEmail: true };
        if (!hasEmail && await session.LoadAsync<ErasedCustomer>(due.Customer, ct) is not null && CustomerErasedHandler.Decide(message, now) is { } suppressed)
        {
            stream.AppendOne(suppressed.Event);
            return [suppressed.Told];
        }

        if (!hasEmail)
            return [.. Outbox.HandToStaff(stream, message.Kind, message.Occasion, due.Customer, StaffTaskKind.NoAddress, now)];
        outbox.Release(session, stream, now);
        return [];
    }
}
