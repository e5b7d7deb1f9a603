using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>The clock says: it is time for a post.</summary>
/// <param name="At">The time it was planned for when this timer was set.</param>
public sealed record PostDue(PostId Post, DateTimeOffset At) : IGrouped
{
    string IGrouped.GroupId => $"post/{Post.Value}";

    public static DeliveryMessage<PostDue> Of(PostId post, DateTimeOffset at) => new PostDue(post, at).ScheduledAt(at);
}

public static class PostDueHandler
{
    /// <summary>A post that could not go for so long after its time is not posted any more.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromHours(24);

    public static async Task<OutgoingMessages> Handle(
        PostDue due, IDocumentSession session, RealTime real, DeliveryWaker waker, TimeProvider clock, CancellationToken ct)
    {
        if (IsStale(due.At, clock.GetUtcNow())) return await session.Record(due.Post, post => Decide(post, due, clock.GetUtcNow()), ct);
        if (IsFor(await session.Events.FetchLatest<Post>(Post.StreamKey(due.Post), ct), due.At)) Release(session, due, real, waker);
        return [];
    }

    /// <summary>What becomes of a post by its time alone: nothing, where it was cancelled, published, or moved to another time.</summary>
    internal static PostEvent[] Decide(Post? post, PostDue due, DateTimeOffset now) =>
        IsFor(post, due.At) && IsStale(due.At, now) ? [new PostFailed(PostChannel.Stale, now)] : [];

    /// <summary>Whether the post still waits for that time.</summary>
    internal static bool IsFor(Post? post, DateTimeOffset at) => post is { State: PostState.Planned } && post.Content.At == at;

    internal static bool IsStale(DateTimeOffset at, DateTimeOffset now) => now - at > Fresh;

    private static void Release(IDocumentSession session, PostDue due, RealTime real, DeliveryWaker waker)
    {
        var insert = Deliveries.Insert(
            MessagingService.Model.Name, session.TenantId, $"{PostChannel.KindOfDelivery}/{due.Post}/{due.At.ToUnixTimeMilliseconds()}",
            PostChannel.KindOfDelivery, new PostToSend(due.Post, due.At), real.Now);
        session.QueueSqlCommand(insert.Sql, insert.Args);
        AfterCommit.Run(waker.Wake);
    }
}
