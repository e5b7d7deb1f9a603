using Engagement.Contracts;

namespace Engagement.Messaging.Requesting;

/// <summary>The clock says: the hour that a message was deferred to has come.</summary>
public sealed record DeferralEnded(MessageKey Key, CustomerId Customer, DateTimeOffset Until) : IGrouped
{
    string IGrouped.GroupId => $"customer/{Customer.Value}";

    public static DeliveryMessage<DeferralEnded> Of(Message message, DateTimeOffset until)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new DeferralEnded(message.Key, message.CustomerId!.Value, until).ScheduledAt(until);
    }
}

public static class DeferralEndedHandler
{
    public static async Task<OutgoingMessages> Handle(
        DeferralEnded due, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(due.Key), ct);
        return Concerns(due, stream.Aggregate) ? [.. await outbox.PassAsync(session, stream, stream.Aggregate!, clock.GetUtcNow(), ct)] : [];
    }

    /// <summary>Not where the message has gone on meanwhile, or waits for another hour.</summary>
    internal static bool Concerns(DeferralEnded due, Message? message) => message is { State: MessageState.Deferred } && message.DeferredUntil == due.Until;
}
