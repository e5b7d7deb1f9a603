using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Switching;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>A delivery's payload: the post, and the time that it was planned for.</summary>
public sealed record PostToSend(PostId Post, DateTimeOffset At);

/// <summary>
/// Gives posts to the shop's webhook, which posts them: a CloudEvent, signed by Standard Webhooks, with the same <c>webhook-id</c> for a post at every attempt.
/// Any 2xx is a success; 408, 429 and 5xx are tried again, for a day at most; anything else is a refusal.
/// </summary>
public sealed class PostChannel(IDocumentStore store, SecretBox secrets, PublicAddresses addresses, RealTime real, TimeProvider clock, IServiceScopeFactory scopes)
    : IDeliveryChannel, IDisposable
{
    public const string KindOfDelivery = "social";

    internal const string Stale = "stale";

    /// <summary>While the shop has stopped sending, it is looked so often whether it goes on.</summary>
    private static readonly TimeSpan WhileStopped = TimeSpan.FromMinutes(1);

    private static readonly JsonSerializerOptions Json = new(HttpJson.Options)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient _http = addresses.Client("Engagement-Posts/1");

    public string Kind => KindOfDelivery;

    /// <summary>5 s, 1, 5, 15, 30 min, 1 h, 2 h, then every 4 hours: until the post is stale.</summary>
    public static void Configure(DeliveryWorkerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Concurrency = 4;
        options.Waits =
        [
            TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30),
            TimeSpan.FromHours(1), TimeSpan.FromHours(2), .. Enumerable.Repeat(TimeSpan.FromHours(4), 7),
        ];
    }

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var (id, at) = delivery.Read<PostToSend>();
        await using var session = store.QuerySession(delivery.Tenant);
        var post = await session.Events.FetchLatest<Post>(Post.StreamKey(id), ct);
        if (!PostDueHandler.IsFor(post, at)) return DeliveryOutcome.Refused("superseded");
        if (PostDueHandler.IsStale(at, clock.GetUtcNow())) return DeliveryOutcome.Refused(Stale);

        if (await session.IsSendingStoppedAsync(ct)) return DeliveryOutcome.Postponed(WhileStopped);

        var settings = await session.SettingsAsync<SocialSettings>(ct);
        if (settings is not { Url: { } url, Secret: { } secret }) return DeliveryOutcome.Refused("no-webhook");
        using var request = RequestOf(delivery.Tenant, post!, url, secrets.Open(SocialSettings.SecretOf(delivery.Tenant), secret));
        return await delivery.StillMineAsync(SendingSwitchReading.MayGo(delivery.Tenant), ct) switch
        {
            true => await _http.DeliverAsync(request, status => status < 500, real, ct),
            false => DeliveryOutcome.Postponed(WhileStopped),
            null => DeliveryOutcome.Lost,
        };
    }

    public Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return scopes.Record(delivery, new PostDelivered(delivery.Read<PostToSend>().Post, done), ct);
    }

    public Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var (post, at) = delivery.Read<PostToSend>();
        return scopes.Record(delivery, new PostGivenUp(post, at, error, done), ct);
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestOf(string tenant, Post post, string url, string secret)
    {
        var key = IdOf(tenant, post);
        var data = new { Id = post.PostId, post.Content.Networks, post.Content.Text, post.Content.Link, post.Content.ImageUrl, post.Content.At };
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Specversion = "1.0", Id = key, Source = $"/shops/{tenant}", Type = "social.post_due", Subject = post.Id, Time = post.Content.At,
                Datacontenttype = "application/json", Data = data,
            },
            Json);
        return StandardWebhooks.Post(new Uri(url), [secret], key, real.Now, "application/cloudevents+json", body);
    }

    private static string IdOf(string tenant, Post post) =>
        $"post_{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}\n{post.Id}")).AsSpan(0, 18))}";
}
