using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Social;

/// <summary>The shop puts another post in the place of this one, which was not posted yet.</summary>
/// <param name="Version">The post's as the shop saw it, where it must not have changed since.</param>
public sealed record ChangePost(PostId Id, PostContent Content, long? Version);

public static class ChangePostEndpoint
{
    public static async Task<IResult> Handle(
        string id, PostGiven given, HttpContext context, IMessageBus bus, IDocumentStore store, IOptions<SocialOptions> options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(given);
        var content = given.Read(options.Value.Longest);
        if (given.Id is not null && given.Id != id) throw new Invalid(new FieldError("/id", "invalid", "That of the address, or none."));
        var key = new PostId(id);
        if (await GetPost.Find(store, context, key, ct) is not { } post) return GetPost.None;
        if (!context.Request.IsFor(post.Version)) return Changed();
        bus.TenantId = context.Tenant();
        try
        {
            await bus.InvokeAsync(new ChangePost(key, content, context.Request.Headers.IfMatch.Count == 0 ? null : post.Version), ct);
        }
        catch (Rejected e) when (e.Code == ChangePostHandler.Meanwhile)
        {
            return Changed();
        }

        return TypedResults.Ok(GetPost.Answer(context, (await GetPost.Find(store, context, key, ct))!));
    }

    private static ProblemHttpResult Changed() => TypedResults.Problem(
        statusCode: StatusCodes.Status412PreconditionFailed, title: "Somebody else has changed the post.", detail: "Read it again, and change it then.");
}

public static class ChangePostHandler
{
    internal const string Meanwhile = "changed-meanwhile";

    public static Task<OutgoingMessages> Handle(ChangePost command, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(command.Id, post => Decide(post, command, clock.GetUtcNow()), ct);

    internal static PostEvent[] Decide(Post? post, ChangePost command, DateTimeOffset now)
    {
        if (post is null) return [];
        if (command.Version is { } seen && seen != post.Version) throw new Rejected(Meanwhile, "The post has changed since it was read.");
        if (post.State is PostState.Published) throw new Rejected("published", "The post is published already.");
        if (post.State is PostState.Cancelled) throw new Rejected("cancelled", "The post was cancelled: plan another one.");
        if (post.State is PostState.Planned && command.Content == post.Content) return [];   // told again
        command.Content.MustBeToCome(now);
        return [new PostChanged(command.Content, now)];
    }
}
