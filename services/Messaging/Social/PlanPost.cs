using System.Buffers.Text;
using System.Security.Cryptography;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Social;

/// <summary>The shop puts a post into its calendar. The same again is a repeat.</summary>
public sealed record PlanPost(PostId Id, PostContent Content);

public static class PlanPostEndpoint
{
    public static async Task<IResult> Handle(
        PostGiven given, HttpContext context, IMessageBus bus, IDocumentStore store, IOptions<SocialOptions> options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(given);
        var content = given.Read(options.Value.Longest);
        var id = new PostId(given.Id ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12)));
        var isKnown = await GetPost.Find(store, context, id, ct) is not null;
        bus.TenantId = context.Tenant();
        await bus.InvokeAsync(new PlanPost(id, content), ct);
        var post = GetPost.Answer(context, (await GetPost.Find(store, context, id, ct))!);
        return isKnown ? TypedResults.Ok(post) : TypedResults.Created($"/v1/social-posts/{id}", post);
    }
}

public static class PlanPostHandler
{
    public static async Task<OutgoingMessages> Handle(PlanPost command, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var settings = await session.SettingsAsync<SocialSettings>(ct);
        return await session.Record(command.Id, post => Decide(post, command, settings, clock.GetUtcNow()), ct);
    }

    internal static PostEvent[] Decide(Post? post, PlanPost command, SocialSettings settings, DateTimeOffset now)
    {
        if (post is not null && (command.Content == post.First || command.Content == post.Content)) return [];   // told again
        if (post is not null) throw new Rejected("id-taken", "There is another post with this id.");
        if (settings.Url is null) throw new Rejected("no-webhook", "Nobody would post it: say first, in /v1/settings/social, where posts go.");
        command.Content.MustBeToCome(now);
        return [new PostPlanned(command.Content, now)];
    }
}
