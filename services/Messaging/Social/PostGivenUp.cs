using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>A post will not be posted at the time that it was planned for. Handled where it is said: it crosses no queue.</summary>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record PostGivenUp(PostId Post, DateTimeOffset At, string Error, SqlStatement Done);

public static class PostGivenUpHandler
{
    public static Task<OutgoingMessages> Handle(PostGivenUp givenUp, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        session.QueueSqlCommand(givenUp.Done.Sql, givenUp.Done.Args);
        return session.Record(givenUp.Post, post => Decide(post, givenUp, clock.GetUtcNow()), ct);
    }

    /// <summary>Nothing, where it was cancelled or moved meanwhile.</summary>
    internal static PostEvent[] Decide(Post? post, PostGivenUp givenUp, DateTimeOffset now) =>
        PostDueHandler.IsFor(post, givenUp.At) ? [new PostFailed(givenUp.Error, now)] : [];
}
