using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>A post as it is now, its version as ETag.</summary>
public static class GetPost
{
    public static async Task<IResult> Handle(string id, HttpContext context, IDocumentStore store, CancellationToken ct) =>
        await Find(store, context, new PostId(id), ct) is { } post ? TypedResults.Ok(Answer(context, post)) : None;

    internal static NoSuch None { get; } = new("post");

    internal static async Task<Post?> Find(IDocumentStore store, HttpContext context, PostId id, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return await session.Events.FetchLatest<Post>(Post.StreamKey(id), ct);
    }

    internal static PostShown Answer(HttpContext context, Post post)
    {
        context.Response.Headers.ETag = Versions.Tag(post.Version);
        return PostShown.Of(post);
    }
}
