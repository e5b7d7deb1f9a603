using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>The shop takes a post out of its calendar, planned or failed.</summary>
public sealed record CancelPost(PostId Id);

public static class CancelPostEndpoint
{
    public static async Task<IResult> Handle(string id, HttpContext context, IMessageBus bus, IDocumentStore store, CancellationToken ct)
    {
        var key = new PostId(id);
        if (await GetPost.Find(store, context, key, ct) is null) return GetPost.None;
        bus.TenantId = context.Tenant();
        await bus.InvokeAsync(new CancelPost(key), ct);
        return TypedResults.NoContent();
    }
}

public static class CancelPostHandler
{
    public static Task<OutgoingMessages> Handle(CancelPost command, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(command.Id, post => Decide(post, clock.GetUtcNow()), ct);

    internal static PostEvent[] Decide(Post? post, DateTimeOffset now) => post?.State switch
    {
        PostState.Published => throw new Rejected("published", "The post is published: nothing can take it back from here."),
        PostState.Planned or PostState.Failed => [new PostCancelled(now)],
        _ => [],   // told again, or there is none
    };
}
