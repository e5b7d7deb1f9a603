using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Messaging.Social;

/// <summary>A shop's calendar of posts.</summary>
internal static class SocialRoutes
{
    private const long MostBytes = 512 * 1024;   // a text of the longest, every character of it escaped

    public static void AddSocial(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<SocialOptions>(builder.Configuration.GetSection("Social"));
        builder.Services.AddSingleton(new PublicAddresses(AnyAddress: builder.Environment.IsDevelopment()));
        builder.AddDeliveries<PostChannel>(MessagingService.Model.Name, PostChannel.Configure);
    }

    public static void MapSocial(this WebApplication app)
    {
        var posts = app.MapGroup("/v1/social-posts").WithMetadata(new RequestSizeLimitAttribute(MostBytes));
        posts.MapPost("", PlanPostEndpoint.Handle);
        posts.MapGet("", ListPosts.Handle);
        posts.MapGet("/{id}", GetPost.Handle);
        posts.MapPut("/{id}", ChangePostEndpoint.Handle);
        posts.MapDelete("/{id}", CancelPostEndpoint.Handle);
        app.MapSettings<SocialSettings>("social", SocialSettings.Shown, SocialSettings.KeepAsync);
    }
}
