using Engagement.Contracts;
using Engagement.Messaging.Permitting;

namespace Engagement.Messaging.Requesting;

/// <summary>What a subject was waiting for has happened: nothing that answers what was before leaves any more, and as a flow it is over.</summary>
public static class WithdrawMessagesHandler
{
    public static async Task<OutgoingMessages> Handle(WithdrawMessages message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var ended = new FlowEnded(message.Subject, message.Reason, message.Kinds, message.At.ToUniversalTime(), now);
        var pace = await session.Events.FetchForWriting<Pace>(Pace.StreamKey(message.CustomerId), ct);
        if (pace.Aggregate?.Knows(ended) == true) return [];   // told again
        pace.AppendOne(ended);

        OutgoingMessages outgoing = [.. await Waiting.SuppressAsync(session, message.CustomerId, ended.Ends, message.Reason, now, ct)];
        var onTheirWay = await session.QueryAsync<Message>(
            "where d.data ->> 'Customer' = ? and d.data ->> 'State' = ? and d.data ->> 'Subject' = ?", ct,
            message.CustomerId.Value, nameof(MessageState.Released), message.Subject);
        foreach (var found in onTheirWay.Where(ended.Ends))
        {
            // Withheld when it is sent, if that isn't over: only there nobody else is at it.
            var stream = await session.Events.FetchForWriting<Message>(found.Id, ct);
            if (stream.Aggregate is { State: MessageState.Released, Withdrawn: null }) stream.AppendOne(new MessageWithdrawn(message.Reason, now));
        }

        return outgoing;
    }
}
