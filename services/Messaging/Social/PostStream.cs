using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

internal static class PostStream
{
    /// <summary>How long staff have to see to a post that failed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    /// <summary>Records what is decided on a post, and sends what follows from it.</summary>
    public static async Task<OutgoingMessages> Record(this IDocumentSession session, PostId id, Func<Post?, PostEvent[]> decide, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Post>(Post.StreamKey(id), ct);
        var (before, events) = (stream.Aggregate, decide(stream.Aggregate));
        stream.AppendMany(events);
        var tenant = session.TenantId;
        foreach (var e in events) AfterCommit.Run(() => MessagingMetrics.Post(tenant, e));
        return [.. events.SelectMany(e => Follow(id, before, e))];
    }

    internal static IEnumerable<object> Follow(PostId id, Post? before, PostEvent e)
    {
        if (before is { State: PostState.Failed } && e is PostChanged or PostCancelled or PostPublished)
            yield return new WithdrawStaffTask(TaskOf(id, before.Content.At), WithdrawalReason.PostSeenTo, e.At);
        switch (e)
        {
            case PostPlanned planned:
                yield return PostDue.Of(id, planned.Content.At);
                break;
            case PostChanged changed when before is null or { State: PostState.Failed } || before.Content.At != changed.Content.At:
                yield return PostDue.Of(id, changed.Content.At);
                break;
            case PostPublished published:
                yield return new ShopPosted(published.At);
                break;
            case PostFailed failed:
                yield return new RaiseStaffTask(
                    TaskOf(id, before!.Content.At), StaffTaskKind.PostFailed, Urgency.Normal, null, Post.StreamKey(id), failed.At + Patience, failed.At);
                break;
        }
    }

    /// <summary>A post that is planned again and fails again is another task.</summary>
    private static StaffTaskKey TaskOf(PostId id, DateTimeOffset at) => new($"post-failed/{id}/{at.ToUnixTimeSeconds()}");
}
