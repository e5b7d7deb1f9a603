using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Outgoing;

/// <summary>What a shop says of an endpoint.</summary>
/// <param name="Types">Which events it wants; none or null is all.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EndpointGiven(string? Url, IReadOnlyList<string>? Types, string? Description);

/// <param name="OldExpiresAt">When the old secret ends, in real time; in 24 hours where it isn't said.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RotateSecret(DateTimeOffset? OldExpiresAt);

/// <param name="Secret">Only in the answers that made it.</param>
public sealed record EndpointShown(
    string Id, Uri Url, IReadOnlyList<string> Types, string? Description, bool Enabled, string? DisabledReason, DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret = null)
{
    public static EndpointShown Of(WebhookEndpoint endpoint, string? secret = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return new(endpoint.PublicId, endpoint.Url, endpoint.Types, endpoint.Description, endpoint.IsOpen, endpoint.DisabledReason, endpoint.CreatedAt, secret);
    }
}

/// <summary><c>/v1/webhook-endpoints</c>: where a shop wants to be told.</summary>
internal static class ManageEndpoints
{
    private const int Most = 20;
    private const int LongestDescription = 200;
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    public static async Task<Created<EndpointShown>> Create(
        EndpointGiven body, HttpContext context, IDocumentStore store, SecretBox box, PublicAddresses addresses, TimeProvider clock, CancellationToken ct)
    {
        Check(body, addresses);
        await using var session = store.LightweightSession(context.Tenant());
        if ((await session.EndpointsAsync(ct)).Count >= Most) throw new Rejected("too-many-endpoints", $"A shop has at most {Most} endpoints.");
        var (id, secret) = (Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12)), StandardWebhooks.NewSecret());
        var created = new WebhookEndpointCreated(
            new Uri(body.Url!), [.. (body.Types ?? []).Distinct()], body.Description, box.Seal(WebhookChannel.SecretOf(session.TenantId, id), secret),
            clock.GetUtcNow());
        session.Events.StartStream<WebhookEndpoint>(WebhookEndpoint.Key(id), created);
        await session.SaveChangesAsync(ct);
        var shown = new EndpointShown(id, created.Url, created.Types, created.Description, true, null, created.At, secret);
        return TypedResults.Created($"/v1/webhook-endpoints/{id}", shown);
    }

    public static async Task<Ok<IEnumerable<EndpointShown>>> List(HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok((await session.EndpointsAsync(ct)).Select(endpoint => EndpointShown.Of(endpoint)));
    }

    public static async Task<Results<Ok<EndpointShown>, NoSuch>> Get(string id, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return await session.EndpointAsync(id, ct) is { } endpoint ? TypedResults.Ok(EndpointShown.Of(endpoint)) : new NoSuch("endpoint");
    }

    public static Task<Results<Ok<EndpointShown>, NoSuch>> Change(
        string id, EndpointGiven body, HttpContext context, IDocumentStore store, PublicAddresses addresses, TimeProvider clock, CancellationToken ct)
    {
        Check(body, addresses);
        return Answer(store.ChangeEndpointAsync(
            context.Tenant(), id,
            _ => new WebhookEndpointChanged(new Uri(body.Url!), [.. (body.Types ?? []).Distinct()], body.Description, clock.GetUtcNow()), ct));
    }

    public static Task<Results<Ok<EndpointShown>, NoSuch>> Enable(
        string id, HttpContext context, IDocumentStore store, TimeProvider clock, CancellationToken ct) =>
        Answer(store.ChangeEndpointAsync(context.Tenant(), id, endpoint => endpoint.IsOpen ? null : new WebhookEndpointEnabled(clock.GetUtcNow()), ct));

    public static Task<Results<Ok<EndpointShown>, NoSuch>> Disable(
        string id, HttpContext context, IDocumentStore store, TimeProvider clock, CancellationToken ct) =>
        Answer(store.ChangeEndpointAsync(
            context.Tenant(), id, endpoint => endpoint.IsOpen ? new WebhookEndpointDisabled("by-shop", clock.GetUtcNow()) : null, ct));

    public static async Task<Results<NoContent, NoSuch>> Delete(
        string id, HttpContext context, IDocumentStore store, TimeProvider clock, CancellationToken ct) =>
        await store.ChangeEndpointAsync(context.Tenant(), id, _ => new WebhookEndpointDeleted(clock.GetUtcNow()), ct) is null
            ? new NoSuch("endpoint")
            : TypedResults.NoContent();

    public static Task<Results<Ok<EndpointShown>, NoSuch>> Rotate(
        string id, RotateSecret? body, HttpContext context, IDocumentStore store, SecretBox box, RealTime real, TimeProvider clock, CancellationToken ct)
    {
        if (body?.OldExpiresAt < real.Now) throw new Invalid(new FieldError("/oldExpiresAt", "past", "The old secret can't have ended before now."));
        var secret = StandardWebhooks.NewSecret();
        var rotated = new WebhookSecretRotated(
            box.Seal(WebhookChannel.SecretOf(context.Tenant(), id), secret), body?.OldExpiresAt ?? real.Now + Overlap, clock.GetUtcNow());
        return Answer(store.ChangeEndpointAsync(context.Tenant(), id, _ => rotated, ct), secret);
    }

    /// <summary>Appends what the endpoint's state asks for; when somebody else was first, that is looked at again.</summary>
    /// <returns>The endpoint as it is now, or null where there is none.</returns>
    internal static async Task<WebhookEndpoint?> ChangeEndpointAsync(
        this IDocumentStore store, string tenant, string id, Func<WebhookEndpoint, object?> decide, CancellationToken ct)
    {
        for (var turn = 1; ; turn++)
        {
            await using var session = store.LightweightSession(tenant);
            var stream = await session.Events.FetchForWriting<WebhookEndpoint>(WebhookEndpoint.Key(id), ct);
            if (stream.Aggregate is not { DeletedAt: null } endpoint) return null;
            if (decide(endpoint) is not { } change) return endpoint;
            stream.AppendOne(change);
            try
            {
                await session.SaveChangesAsync(ct);
            }
            catch (ConcurrencyException) when (turn < 5)
            {
                continue;
            }

            return await session.Events.FetchLatest<WebhookEndpoint>(WebhookEndpoint.Key(id), ct);
        }
    }

    private static async Task<Results<Ok<EndpointShown>, NoSuch>> Answer(Task<WebhookEndpoint?> changing, string? secret = null) =>
        await changing is { } endpoint ? TypedResults.Ok(EndpointShown.Of(endpoint, secret)) : new NoSuch("endpoint");

    private static void Check(EndpointGiven body, PublicAddresses addresses)
    {
        List<FieldError> errors = [];
        if (addresses.WhyNot(body.Url) is { } rule) errors.Add(new("/url", "invalid", rule));
        errors.AddRange((body.Types ?? []).Index().Where(type => !OutgoingEvent.Types.Contains(type.Item))
            .Select(type => new FieldError($"/types/{type.Index}", "unknown", $"One of {string.Join(", ", OutgoingEvent.Types)}.")));
        if (body.Description?.Length > LongestDescription || body.Description?.Any(char.IsControl) == true)
            errors.Add(new("/description", "invalid", $"At most {LongestDescription} characters."));
        if (errors.Count > 0) throw new Invalid([.. errors]);
    }
}
