using Engagement.Contracts;
using Engagement.Messaging.Contacts;

namespace Engagement.Messaging.Requesting;

/// <summary>
/// The clock says: a message was held a while ago. Where its shop's messages were let go at that very moment, nobody has seen it; here it is found.
/// </summary>
public sealed record HeldForAMinute(MessageKey Key, CustomerId Customer) : TimeoutMessage(TimeSpan.FromSeconds(60)), IGrouped
{
    string IGrouped.GroupId => $"customer/{Customer.Value}";
}

public static class HeldForAMinuteHandler
{
    /// <summary>While the shop's messages are stopped nothing: they will be let go all together.</summary>
    public static async Task<OutgoingMessages> Handle(
        HeldForAMinute due, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(due.Key), ct);
        if (stream.Aggregate is not { State: MessageState.Held } message) return [];
        var contact = await session.LoadAsync<Contact>(due.Customer, ct);
        return [.. await outbox.PassAsync(session, stream, message, contact, clock.GetUtcNow(), ct)];
    }
}
