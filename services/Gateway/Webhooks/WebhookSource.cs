using Engagement.Contracts;
using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Webhooks;

/// <summary>A shop's system that may send us webhooks; lies in the registry.</summary>
/// <param name="Id"><c>{vendor}/{shop}</c>.</param>
/// <param name="Secrets">A sealed <see cref="WebhookSecrets"/>.</param>
/// <param name="ConnectedAt">What an older order tells us may be long past; a younger one's changes are news.</param>
public sealed record WebhookSource(string Id, string Shop, string Vendor, Sealed Secrets, DateTimeOffset ConnectedAt)
{
    public static string IdOf(string vendor, string shop) => $"{vendor}/{shop}";
}

/// <summary>One, or two while one is replaced by the other.</summary>
public sealed record WebhookSecrets(IReadOnlyList<string> Secrets);

/// <summary>Keeps the secrets of the webhooks' senders, sealed by a key of the vault that belongs to no customer. Thread-safe.</summary>
public sealed class WebhookSources(IDocumentStore store, Vault vault, TimeProvider clock)
{
    public const int MostSecrets = 2;

    private static readonly CustomerId Key = new("webhooks");

    private WebhookSource? _nobody;

    /// <summary>The source and its secrets; null where the shop has not connected this system, which is found out by the same work.</summary>
    internal async Task<(WebhookSource Source, IReadOnlyList<string> Secrets)?> Find(string vendor, string shop, CancellationToken ct)
    {
        await using var session = store.QuerySession(ApiKeys.Registry);
        var source = await session.LoadAsync<WebhookSource>(WebhookSource.IdOf(vendor, shop), ct);
        var opened = source ?? (_nobody ??= new WebhookSource("", "", vendor, await Seal([Vendor.Dummy], ct), default));
        var secrets = await vault.OpenAsync<WebhookSecrets>(ApiKeys.Registry, Key, opened.Secrets, ct);
        return source is null || secrets is null ? null : (source, secrets.Secrets);
    }

    /// <summary>From now on these secrets count and no others.</summary>
    public async Task Set(string vendor, string shop, IReadOnlyList<string> secrets, CancellationToken ct)
    {
        var id = WebhookSource.IdOf(vendor, shop);
        var box = await Seal(secrets, ct);
        await using var session = store.LightweightSession(ApiKeys.Registry);
        var known = await session.LoadAsync<WebhookSource>(id, ct);
        session.Store(known is null ? new WebhookSource(id, shop, vendor, box, clock.GetUtcNow()) : known with { Secrets = box });
        await session.SaveChangesAsync(ct);
    }

    /// <summary>Disconnects the system: its webhooks are refused.</summary>
    public async Task Remove(string vendor, string shop, CancellationToken ct)
    {
        await using var session = store.LightweightSession(ApiKeys.Registry);
        session.Delete<WebhookSource>(WebhookSource.IdOf(vendor, shop));
        await session.SaveChangesAsync(ct);
    }

    private Task<Sealed> Seal(IReadOnlyList<string> secrets, CancellationToken ct) => vault.SealAsync(ApiKeys.Registry, Key, new WebhookSecrets(secrets), ct);
}

/// <summary><c>PUT</c> and <c>DELETE /v1/webhooks/{vendor}/secrets</c>: a shop connects and disconnects its systems. Secrets are never shown again.</summary>
internal static class WebhookSecretsEndpoint
{
    private const int Shortest = 8;
    private const int Longest = 200;

    public static async Task<IResult> Put(string vendor, WebhookSecrets body, HttpContext context, WebhookSources sources, CancellationToken ct)
    {
        if (Vendor.Find(vendor) is not { } known) return Unknown();
        if (body.Secrets is not { Count: >= 1 and <= WebhookSources.MostSecrets } secrets || secrets.Any(secret => !IsSecret(known, secret)))
        {
            return TypedResults.Problem(
                statusCode: StatusCodes.Status400BadRequest, title: "These are no secrets.",
                detail: $"Send {{\"secrets\": [\"…\"]}} with one secret, or two while one replaces the other: {known.SecretHint}");
        }

        await sources.Set(known.Name, context.Tenant(), secrets, ct);
        return TypedResults.NoContent();
    }

    public static async Task<IResult> Delete(string vendor, HttpContext context, WebhookSources sources, CancellationToken ct)
    {
        if (Vendor.Find(vendor) is not { } known) return Unknown();
        await sources.Remove(known.Name, context.Tenant(), ct);
        return TypedResults.NoContent();
    }

    private static bool IsSecret(Vendor vendor, string? secret) => secret is { Length: >= Shortest and <= Longest } && vendor.IsSecret(secret);

    private static ProblemHttpResult Unknown() => TypedResults.Problem(
        statusCode: StatusCodes.Status404NotFound, title: "No such system sends webhooks here.",
            detail: string.Join(", ", Vendor.All.Select(vendor => vendor.Name)));
}
