using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging.Requesting;

/// <summary>Takes a message once, however often it is asked for, and sends it as soon as its customer can be reached and wants to be.</summary>
public static class SendMessageHandler
{
    public static async Task<OutgoingMessages> Handle(SendMessage message, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(message.Key), ct);
        var now = clock.GetUtcNow();
        OutgoingMessages outgoing = [];
        Message asked;
        switch (stream.Aggregate)
        {
            case null:
                stream.AppendOne(new MessageRequested(message.Kind, message.CustomerId, message.Occasion, message.Data, now));
                asked = new Message(stream.Key, message.Kind, message.CustomerId?.Value, message.Occasion, message.Data, now);
                break;
            case { State: MessageState.HandedToStaff, Reason: AskStaff.UnknownCustomer } lost when message.CustomerId is { } found:
                var customerFound = new MessageCustomerFound(found, message.Data, now);
                stream.AppendOne(customerFound);
                asked = lost.Apply(customerFound);
                outgoing.Add(AskStaff.NoMore(message.Key, StaffTaskKind.UnknownCustomer, WithdrawalReason.CustomerFound, now));
                break;
            default:
                return outgoing;   // asked for again
        }

        var contact = message.CustomerId is { } customer ? await session.LoadAsync<Contact>(customer, ct) : null;
        var verdict = await outbox.AskAsync(session, asked, contact, now, ct);
        return Decide(asked, contact, verdict) switch
        {
            Fate.Follow => [.. outgoing, .. await outbox.FollowAsync(session, stream, asked, verdict, now, ct)],
            Fate.HandToStaff => [.. outgoing, .. Outbox.HandToStaff(stream, asked.Kind, asked.Occasion, null, StaffTaskKind.UnknownCustomer, now)],
            Fate.Drop => [.. outgoing, .. Outbox.Suppress(stream, asked, AskStaff.UnknownCustomer, session.TenantId, now)],
            Fate.Wait => [.. outgoing, new ContactPatienceEnded(message.Key, message.CustomerId!.Value)],
            _ => throw new InvalidOperationException("A message has no other fate."),
        };
    }

    /// <summary>Whether there is somebody to write to comes before the hour, and after whether it is to be written at all.</summary>
    internal static Fate Decide(Message message, Contact? contact, Verdict verdict) =>
        verdict is Verdict.Suppress ? Fate.Follow
        : message.Customer is null ? (message.Nature == MessageNature.Marketing ? Fate.Drop : Fate.HandToStaff)
        : contact is { HasEmail: true } ? Fate.Follow
        : Fate.Wait;

    internal enum Fate
    {
        Follow,
        HandToStaff,

        /// <summary>No person looks for somebody to advertise to.</summary>
        Drop,
        Wait,
    }
}
