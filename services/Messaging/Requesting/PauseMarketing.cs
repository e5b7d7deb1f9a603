using Engagement.Contracts;
using Engagement.Messaging.Permitting;

namespace Engagement.Messaging.Requesting;

/// <summary>Who is unhappy is not offered anything, nor asked for a review: neither what waits leaves, nor what is asked for meanwhile.</summary>
public static class PauseMarketingHandler
{
    public static async Task<OutgoingMessages> Handle(PauseMarketing message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (!await session.SayAsync(message.CustomerId, new(message.Subject, IsPaused: true, message.At.ToUniversalTime(), now), ct)) return [];
        return await session.TakeBackAsync(message.CustomerId, waiting => waiting.Purpose is Purpose.Offers or Purpose.Reviews, Gate.Paused, now, ct);
    }
}

public static class ResumeMarketingHandler
{
    public static Task Handle(ResumeMarketing message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.SayAsync(message.CustomerId, new(message.Subject, IsPaused: false, message.At.ToUniversalTime(), clock.GetUtcNow()), ct);
}

internal static class Pausing
{
    /// <returns>Whether it is news.</returns>
    public static async Task<bool> SayAsync(this IDocumentSession session, CustomerId customer, MarketingPaused said, CancellationToken ct)
    {
        var pace = await session.Events.FetchForWriting<Pace>(Pace.StreamKey(customer), ct);
        if (!IsNews(pace.Aggregate, said)) return false;
        pace.AppendOne(said);
        return true;
    }

    /// <summary>The newest word holds; of two at once the one that spares the customer.</summary>
    internal static bool IsNews(Pace? pace, MarketingPaused said) =>
        pace?.Pauses.FirstOrDefault(pause => pause.Subject == said.Subject) is not { } known
        || said.SaidAt > known.SaidAt
        || (said.SaidAt == known.SaidAt && said.IsPaused && !known.IsPaused);
}
