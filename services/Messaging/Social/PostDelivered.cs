using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>The shop's webhook took a post. Handled where it is said: it crosses no queue.</summary>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record PostDelivered(PostId Post, SqlStatement Done);

public static class PostDeliveredHandler
{
    public static Task<OutgoingMessages> Handle(PostDelivered delivered, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        session.QueueSqlCommand(delivered.Done.Sql, delivered.Done.Args);
        return session.Record(delivered.Post, post => Decide(post, clock.GetUtcNow()), ct);
    }

    /// <summary>It is out, also where it was changed or cancelled at that very moment.</summary>
    internal static PostEvent[] Decide(Post? post, DateTimeOffset now) => post is null or { State: PostState.Published } ? [] : [new PostPublished(now)];
}
