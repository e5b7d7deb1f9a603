using Engagement.Contracts;
using Engagement.Messaging.Permitting;

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

        var answer = await outbox.AskAsync(session, asked, now, ct);
        return Decide(asked, answer.Way, answer.Verdict) switch
        {
            Fate.Follow => [.. outgoing, .. outbox.Follow(session, stream, asked, answer, now)],
            Fate.HandToStaff => [.. outgoing, .. Outbox.HandToStaff(stream, asked.Kind, asked.Occasion, null, StaffTaskKind.UnknownCustomer, now)],
            Fate.Wait => [.. outgoing, new ContactPatienceEnded(message.Key, message.CustomerId!.Value)],
            _ => throw new InvalidOperationException("A message has no other fate."),
        };
    }

    /// <summary>Whether there is somebody to write to comes before the hour, and after whether it is to be written at all: nobody permits marketing to nobody.</summary>
    internal static Fate Decide(Message message, Channel? way, Verdict verdict) =>
        verdict is Verdict.Suppress ? Fate.Follow
        : message.Customer is null ? Fate.HandToStaff
        : way is Channel.Email or Channel.Sms ? Fate.Follow   // nobody is asked to call before a better way had its time
        : Fate.Wait;

    internal enum Fate
    {
        Follow,
        HandToStaff,
        Wait,
    }
}
