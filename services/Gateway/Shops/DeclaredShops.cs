using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Shops;

/// <summary>A shop as the settings declare it: <c>Engagement:Shops:{shop}</c>.</summary>
public sealed class DeclaredShop
{
    /// <summary>By name.</summary>
    public Dictionary<string, DeclaredKey> Keys { get; } = [];

    /// <summary>Its own limit, where it isn't everybody's.</summary>
    public ShopRate? RateLimit { get; set; }
}

/// <summary>A key that the settings declare, itself or as its hash.</summary>
public sealed class DeclaredKey
{
    /// <summary>At least 32 characters.</summary>
    public string? Key { get; set; }

    /// <summary>SHA-256 of the key, in hex.</summary>
    public string? Hash { get; set; }

    public IList<string> Scopes { get; } = [];
}

/// <summary>
/// Registers, before the first request, the shops and keys that the settings declare. What is declared stands: a key that is declared no more is revoked.
/// Running it again, or in several instances at once, changes nothing.
/// </summary>
internal sealed class DeclaredShops(IDocumentStore store, EngagementOptions options, TimeProvider clock, ILogger<DeclaredShops> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var declared = options.Shops.SelectMany(shop => shop.Value.Keys.Select(key => Read(shop.Key, key.Key, key.Value, now))).ToDictionary(key => key.Id);
        await using var session = store.LightweightSession(ApiKeys.Registry);
        var shops = (await session.LoadManyAsync<RegisteredShop>(cancellationToken, [.. options.Shops.Keys])).Select(shop => shop.Id);
        var known = (await session.LoadManyAsync<ApiKey>(cancellationToken, [.. declared.Keys])).ToDictionary(key => key.Id);
        session.Store([.. options.Shops.Keys.Except(shops).Select(shop => new RegisteredShop(shop, now))]);
        session.Store([.. declared.Values.Where(key => !known.TryGetValue(key.Id, out var old) || Differs(old, key))
            .Select(key => Renew(known.GetValueOrDefault(key.Id), key))]);

        var gone = await session.QueryAsync<ApiKey>("where d.data ->> 'IsDeclared' = 'true' and d.data ->> 'RevokedAt' is null", cancellationToken);
        foreach (var key in gone.Where(key => !declared.ContainsKey(key.Id)))
        {
            session.End(key, nameof(ApiKey.RevokedAt), now);
            log.LogInformation("The key '{Key}' of {Shop} is declared no more and was revoked.", key.Name, key.Shop);
        }

        await session.SaveChangesAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Declared again it is valid again; its beginning is kept.</summary>
    private static ApiKey Renew(ApiKey? old, ApiKey declared) => old is null ? declared : declared with { CreatedAt = old.CreatedAt };

    private static bool Differs(ApiKey old, ApiKey declared) =>
        old.RevokedAt is not null || !old.IsDeclared || old.Name != declared.Name || old.Shop != declared.Shop
            || !(old.Scopes ?? []).SequenceEqual(declared.Scopes!);

    private static ApiKey Read(string shop, string name, DeclaredKey key, DateTimeOffset now)
    {
        var setting = $"Engagement:Shops:{shop}:Keys:{name}";
        if (!CreateShopEndpoint.IsShopId(shop)) throw Wrong($"Engagement:Shops:{shop}", CreateShopEndpoint.IdRule);
        if (key.Scopes.Count == 0 || key.Scopes.Except(Scopes.All).Any()) throw Wrong($"{setting}:Scopes", $"One or more of {string.Join(", ", Scopes.All)}.");
        var declared = (key.Key, key.Hash) switch
        {
            ({ Length: >= 32 } secret, null) => ApiKeys.Of(secret, shop, name, now, [.. key.Scopes]),
            (null, { Length: 64 } hash) when hash.All(char.IsAsciiHexDigit) =>
                new ApiKey(hash.ToLowerInvariant(), shop, name, now) { Scopes = [.. key.Scopes] },
            _ => throw Wrong(setting, "Either Key, of 32 characters or more, or Hash, its SHA-256 in hex."),
        };
        return declared with { IsDeclared = true };
    }

    private static InvalidOperationException Wrong(string setting, string rule) => new($"{setting} can't be understood. {rule}");
}
