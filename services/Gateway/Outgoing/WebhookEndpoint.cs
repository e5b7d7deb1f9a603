using System.Text.Json.Serialization;

namespace Engagement.Gateway.Outgoing;

/// <summary>Where a shop wants to be told what happens; its stream key is <c>webhook-endpoint/{id}</c>.</summary>
/// <param name="Types">Which events; empty is all.</param>
public sealed record WebhookEndpoint(string Id, Uri Url, IReadOnlyList<string> Types, string? Description, DateTimeOffset CreatedAt)
{
    private const string KeyPrefix = "webhook-endpoint/";

    /// <summary>The newest first; an older one signs too until its time is over.</summary>
    public IReadOnlyList<WebhookSecret> Secrets { get; init; } = [];

    /// <summary>Why it gets nothing: <c>by-shop</c>, or <c>gone</c> where it answered so.</summary>
    public string? DisabledReason { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    [JsonIgnore]
    public string PublicId => Id[KeyPrefix.Length..];

    [JsonIgnore]
    public bool IsOpen => DeletedAt is null && DisabledReason is null;

    public static string Key(string id) => KeyPrefix + id;

    public bool Wants(string type) => IsOpen && (Types.Count == 0 || Types.Contains(type));

    public static WebhookEndpoint Create(IEvent<WebhookEndpointCreated> e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return new(e.StreamKey!, e.Data.Url, e.Data.Types, e.Data.Description, e.Data.At) { Secrets = [new(e.Data.Secret, null)] };
    }

    public WebhookEndpoint Apply(WebhookEndpointChanged e) => this with { Url = e.Url, Types = e.Types, Description = e.Description };

    /// <summary>The one before goes on until then, and the one before that to its own end: a rotation that is asked for twice ends nobody's at once.</summary>
    public WebhookEndpoint Apply(WebhookSecretRotated e) => this with
    {
        Secrets = [new(e.Secret, null), Secrets[0] with { ExpiresAt = e.OldExpiresAt }, .. Secrets.Skip(1).Take(1)],
    };

    public WebhookEndpoint Apply(WebhookEndpointDisabled e) => this with { DisabledReason = e.Reason };

    public WebhookEndpoint Apply(WebhookEndpointEnabled e) => this with { DisabledReason = null };

    public WebhookEndpoint Apply(WebhookEndpointDeleted e) => this with { DeletedAt = e.At, Secrets = [] };
}

/// <param name="Sealed">By <see cref="ServiceDefaults.SecretBox"/>, bound to the shop and the endpoint.</param>
/// <param name="ExpiresAt">Real time: signatures know no other.</param>
public sealed record WebhookSecret(string Sealed, DateTimeOffset? ExpiresAt);

public sealed record WebhookEndpointCreated(Uri Url, IReadOnlyList<string> Types, string? Description, string Secret, DateTimeOffset At);

public sealed record WebhookEndpointChanged(Uri Url, IReadOnlyList<string> Types, string? Description, DateTimeOffset At);

public sealed record WebhookSecretRotated(string Secret, DateTimeOffset OldExpiresAt, DateTimeOffset At);

public sealed record WebhookEndpointDisabled(string Reason, DateTimeOffset At);

public sealed record WebhookEndpointEnabled(DateTimeOffset At);

public sealed record WebhookEndpointDeleted(DateTimeOffset At);
