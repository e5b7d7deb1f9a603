using System.Text.Json.Serialization;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Shops;

/// <summary>Makes a key of a shop.</summary>
/// <param name="Name">For people: what uses the key.</param>
/// <param name="Scopes">Of <see cref="Shops.Scopes.All"/>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateKey(string? Name, IReadOnlyList<string>? Scopes, DateTimeOffset? ExpiresAt);

/// <summary>A key as it is shown: never itself, but for the one time when it is made.</summary>
/// <param name="Key">Only in the answer that made it.</param>
public sealed record ShownKey(
    string Id, string Name, string? Prefix, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key = null)
{
    public static ShownKey Of(ApiKey key, DateTimeOffset? lastUsedAt = null, string? secret = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(
            key.PublicId(), key.Name, key.Prefix, key.Scopes ?? Shops.Scopes.BeforeScopes, key.CreatedAt, key.ExpiresAt, key.RevokedAt, lastUsedAt, secret);
    }
}

public static class CreateKeyEndpoint
{
    private const int MostKeys = 100;
    private const int LongestName = 100;

    public static async Task<Results<Created<ShownKey>, NoSuch>> Handle(
        string shop, CreateKey body, IDocumentStore store, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (Check(body, now) is { Count: > 0 } errors) throw new Invalid([.. errors]);
        await using var session = store.LightweightSession(ApiKeys.Registry);
        if (await session.LoadAsync<RegisteredShop>(shop, ct) is null) return new NoSuch("shop");
        if ((await session.KeysOf(shop, ct)).Count(key => key.IsValid(now)) >= MostKeys)
            throw new Rejected("too-many-keys", $"A shop has at most {MostKeys} keys that are valid at once: revoke some.");

        var secret = ApiKeys.New();
        var key = ApiKeys.Of(secret, shop, body.Name!.Trim(), now, [.. body.Scopes!.Distinct()]) with { ExpiresAt = body.ExpiresAt };
        session.Insert(key);
        await session.SaveChangesAsync(ct);
        return TypedResults.Created($"/v1/shops/{shop}/keys/{key.PublicId()}", ShownKey.Of(key, secret: secret));
    }

    internal static Task<IReadOnlyList<ApiKey>> KeysOf(this IQuerySession session, string shop, CancellationToken ct) =>
        session.QueryAsync<ApiKey>("where d.data ->> 'Shop' = ? order by d.data ->> 'CreatedAt', d.id", ct, shop);

    internal static List<FieldError> Check(CreateKey body, DateTimeOffset now)
    {
        List<FieldError> errors = [];
        if (string.IsNullOrWhiteSpace(body.Name) || body.Name.Length > LongestName || body.Name.Any(char.IsControl))
            errors.Add(new("/name", "invalid", $"Say in 1 to {LongestName} characters what uses the key."));
        if (body.Scopes is not { Count: > 0 } scopes) errors.Add(new("/scopes", "required", $"At least one of {string.Join(", ", Scopes.All)}."));
        else errors.AddRange(scopes.Index().Where(scope => !Scopes.All.Contains(scope.Item)).Select(scope => UnknownScope(scope.Index)));
        if (body.ExpiresAt <= now) errors.Add(new("/expiresAt", "past", "A key expires in the future, or not at all."));
        return errors;
    }

    private static FieldError UnknownScope(int index) => new($"/scopes/{index}", "unknown", $"One of {string.Join(", ", Scopes.All)}.");
}
