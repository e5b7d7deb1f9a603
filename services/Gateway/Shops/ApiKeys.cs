using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Engagement.Gateway.Shops;

/// <summary>A key of a shop, kept as its hash: who reads the table can't use it.</summary>
/// <param name="Id">SHA-256 of the key, in hex: the key has 192 random bits, so its hash needs no salt.</param>
public sealed record ApiKey(string Id, string Shop, string Name, DateTimeOffset CreatedAt)
{
    /// <summary>How the key begins, so that people recognise it.</summary>
    public string? Prefix { get; init; }

    /// <summary>Null where it is older than scopes are.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>It stands in the settings, and is revoked when it no longer does.</summary>
    public bool IsDeclared { get; init; }

    public bool IsValid(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);

    public bool Has(string scope) => (Scopes ?? Shops.Scopes.BeforeScopes).Contains(scope);
}

/// <summary>When a key was last seen, to the minute.</summary>
/// <param name="Id">The key's.</param>
public sealed record KeyUse(string Id, DateTimeOffset LastUsedAt);

/// <summary>A shop that may publish.</summary>
/// <param name="Id">The shop's tenant.</param>
public sealed record RegisteredShop(string Id, DateTimeOffset CreatedAt);

/// <summary>What a key is good for.</summary>
public static class Scopes
{
    public const string Publish = "publish";
    public const string Read = "read";

    /// <summary>The shop's own keys, settings and webhooks.</summary>
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All = [Publish, Read, Admin];

    internal static readonly IReadOnlyList<string> BeforeScopes = [Publish, Read];
}

public static class ApiKeys
{
    /// <summary>The tenant of what the Gateway keeps of all shops.</summary>
    public const string Registry = "*gateway*";

    private const int PrefixLength = 10;

    /// <summary>A new key, shown once.</summary>
    public static string New() => $"eng_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24))}";

    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>What is stored of a key.</summary>
    public static ApiKey Of(string key, string shop, string name, DateTimeOffset now, IReadOnlyList<string> scopes) =>
        new(Hash(key), shop, name, now) { Prefix = key[..Math.Min(PrefixLength, key.Length / 2)], Scopes = scopes };

    /// <summary>What names a key to people and in routes: the beginning of its hash, which nobody can turn back.</summary>
    public static string PublicId(this ApiKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Id[..16];
    }
}
