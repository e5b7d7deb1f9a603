using Engagement.Gateway.Api;
using Engagement.Gateway.Shops;

namespace Engagement.Gateway.Forwarding;

/// <summary>A shop's calendar of posts, which Messaging keeps.</summary>
internal static class SocialPostRoutes
{
    private const string Owner = "messaging";

    public static void MapSocialPosts(this RouteGroupBuilder v1)
    {
        var posts = v1.MapGroup("/social-posts").WithTags("Social posts");
        posts.MapGet("", Forward.To(Owner)).RequireScope(Scopes.Read).WithSummary("The calendar of posts, by their times");
        posts.MapGet("/{id}", Forward.To(Owner)).RequireScope(Scopes.Read).WithSummary("A post, with its version as ETag");
        posts.MapPost("", Forward.To(Owner)).RequireScope(Scopes.Admin).WithMetadata(new Body("application/json")).WithSummary("Plans a post; the same again is a repeat");
        posts.MapPut("/{id}", Forward.To(Owner)).RequireScope(Scopes.Admin).WithMetadata(new Body("application/json"))
            .WithSummary("Changes a post that is not published; If-Match guards against somebody else's change");
        posts.MapDelete("/{id}", Forward.To(Owner)).RequireScope(Scopes.Admin).WithSummary("Cancels a post; 409 when it is published");
    }
}
