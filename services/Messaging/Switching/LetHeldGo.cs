using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Npgsql;

namespace Engagement.Messaging.Switching;

/// <summary>Lets held messages go in the order they were asked for, page by page: each by a message of its own, so that it can fail alone.</summary>
/// <param name="Stops">Which stop has ended: another one ends this, and what is left goes when that one ends.</param>
/// <param name="After">The cursor of the last message of the page before.</param>
public sealed record LetHeldGo(int Stops, string After = "") : IGrouped
{
    string IGrouped.GroupId => SendingSwitch.Key;
}

public static class LetHeldGoHandler
{
    internal const int Page = 100;

    /// <summary>By the index on state and cursor, and reading no document: one that can't be read stops no other.</summary>
    private static readonly string Sql =
        $"""
        select d.id, d.data ->> 'Customer', d.data ->> 'Cursor' from {MessagingService.Model.Name}.mt_doc_message d
        where d.tenant_id = $1 and d.data ->> 'State' = '{nameof(MessageState.Held)}' and d.data ->> 'Cursor' > $2 order by d.data ->> 'Cursor' limit {Page}
        """;

    public static async Task<OutgoingMessages> Handle(LetHeldGo message, IDocumentSession session, NpgsqlDataSource database, CancellationToken ct)
    {
        if (await session.Events.FetchLatest<SendingSwitch>(SendingSwitch.Key, ct) is not { IsStopped: false } sending || sending.Stops != message.Stops) return [];
        await using var read = database.CreateCommand(Sql);
        read.Parameters.Add(new() { Value = session.TenantId });
        read.Parameters.Add(new() { Value = message.After });
        await using var reader = await read.ExecuteReaderAsync(ct);
        OutgoingMessages outgoing = [];
        var last = "";
        while (await reader.ReadAsync(ct))
        {
            outgoing.Add(new PassHeld(Message.KeyOf(reader.GetString(0)), new CustomerId(reader.GetString(1)), Ahead: Page - outgoing.Count));
            last = reader.GetString(2);
        }

        if (outgoing.Count == Page) outgoing.Add(message with { After = last });
        return outgoing;
    }
}

/// <summary>Lets one held message go, by the gate: for some it has become too late.</summary>
/// <param name="Ahead">Of those that go at once the first has the highest.</param>
public sealed record PassHeld(MessageKey Key, CustomerId Customer, int Ahead = 0) : IGrouped
{
    string IGrouped.GroupId => $"customer/{Customer.Value}";
}

public static class PassHeldHandler
{
    public static async Task<OutgoingMessages> Handle(PassHeld held, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(held.Key), ct);
        if (stream.Aggregate is not { State: MessageState.Held } message) return [];   // gone by itself meanwhile
        return [.. await outbox.PassAsync(session, stream, message, clock.GetUtcNow(), ct, ahead: held.Ahead)];
    }
}
