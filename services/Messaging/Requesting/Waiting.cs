using Engagement.Contracts;

namespace Engagement.Messaging.Requesting;

/// <summary>What was asked for and has not been given to the deliveries.</summary>
internal static class Waiting
{
    /// <summary>Suppresses what of it is not wanted any more.</summary>
    /// <returns>What others are told.</returns>
    public static async Task<IReadOnlyList<object>> SuppressAsync(
        IDocumentSession session, CustomerId customer, Func<Message, bool> which, string reason, DateTimeOffset now, CancellationToken ct)
    {
        List<object> outgoing = [];
        foreach (var message in await OfAsync(session, customer, ct))
        {
            if (!which(message)) continue;
            var stream = await session.Events.FetchForWriting<Message>(message.Id, ct);
            if (Waits(stream.Aggregate)) outgoing.AddRange(Outbox.Suppress(stream, stream.Aggregate!, reason, session.TenantId, now));
        }

        return outgoing;
    }

    public static bool Waits(Message? message) => message is { State: MessageState.WaitingForContact or MessageState.Deferred or MessageState.Held };

    /// <summary>With what is on its way, in one look: what goes from here to there between two would be seen by neither.</summary>
    public static Task<IReadOnlyList<Message>> AndReleasedOfAsync(IDocumentSession session, CustomerId customer, CancellationToken ct) =>
        session.QueryAsync<Message>(
            "where d.data ->> 'Customer' = ? and d.data ->> 'State' in (?, ?, ?, ?) order by d.id", ct, customer.Value,
            nameof(MessageState.WaitingForContact), nameof(MessageState.Deferred), nameof(MessageState.Held), nameof(MessageState.Released));

    /// <summary>By the index on customer and state.</summary>
    private static Task<IReadOnlyList<Message>> OfAsync(IDocumentSession session, CustomerId customer, CancellationToken ct) => session.QueryAsync<Message>(
        "where d.data ->> 'Customer' = ? and d.data ->> 'State' in (?, ?, ?) order by d.id", ct, customer.Value,
        nameof(MessageState.WaitingForContact), nameof(MessageState.Deferred), nameof(MessageState.Held));
}
