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

        return await session.TakeBackAsync(message.CustomerId, ended.Ends, message.Reason, now, ct);
    }

    /// <summary>Lets nothing more leave of what waits or is on its way.</summary>
    internal static async Task<OutgoingMessages> TakeBackAsync(
        this IDocumentSession session, CustomerId customer, Func<Message, bool> which, string reason, DateTimeOffset now, CancellationToken ct)
    {
        OutgoingMessages outgoing = [];
        foreach (var found in await Waiting.AndReleasedOfAsync(session, customer, ct))
        {
            if (!which(found)) continue;
            var stream = await session.Events.FetchForWriting<Message>(found.Id, ct);
            if (Waiting.Waits(stream.Aggregate)) outgoing.AddRange(Outbox.Suppress(stream, stream.Aggregate!, reason, session.TenantId, now));
            // Withheld when it is sent, if that isn't over: only there nobody else is at it.
            else if (stream.Aggregate is { State: MessageState.Released, Withdrawn: null }) stream.AppendOne(new MessageWithdrawn(reason, now));
        }

        return outgoing;
    }
}
