using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Requesting;

namespace Engagement.Messaging.Switching;

/// <summary>Lets held messages go in the order they were asked for: page by page, and each by the gate, which has become too late for some.</summary>
/// <param name="Stops">Which stop has ended: another one ends this, and what is left goes when that one ends.</param>
/// <param name="After">The cursor of the last message of the page before.</param>
public sealed record LetHeldGo(int Stops, string After = "") : IGrouped
{
    string IGrouped.GroupId => SendingSwitch.Key;
}

public static class LetHeldGoHandler
{
    internal const int Page = 100;

    public static async Task<OutgoingMessages> Handle(LetHeldGo message, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        if (await session.Events.FetchLatest<SendingSwitch>(SendingSwitch.Key, ct) is not { IsStopped: false } sending || sending.Stops != message.Stops) return [];
        var held = await session.QueryAsync<Message>(
            $"where d.data ->> 'State' = ? and d.data ->> 'Cursor' > ? order by d.data ->> 'Cursor' limit {Page}", ct, nameof(MessageState.Held), message.After);
        var contacts = (await session.LoadManyAsync<Contact>(ct, [.. held.Select(found => found.Customer!).Distinct()])).ToDictionary(contact => contact.Id);
        OutgoingMessages outgoing = [];
        var now = clock.GetUtcNow();
        foreach (var (found, i) in held.Select((found, i) => (found, i)))
        {
            var stream = await session.Events.FetchForWriting<Message>(found.Id, ct);
            if (stream.Aggregate is not { State: MessageState.Held } one) continue;   // gone by itself meanwhile
            outgoing.AddRange(await outbox.PassAsync(session, stream, one, contacts.GetValueOrDefault(one.Customer!), now, ct, ahead: held.Count - i));
        }

        if (held.Count == Page) outgoing.Add(message with { After = held[^1].Cursor });
        return outgoing;
    }
}
