using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Proves that a call comes from one of our own processes: <c>t=&lt;unix seconds&gt;,v1=&lt;base64url HMAC-SHA256&gt;</c> over time,
/// method, path with query, and shop, each on a line. Real time, since the domain's clock can be moved. Immutable and thread-safe.
/// </summary>
/// <remarks>The body isn't signed, and within the tolerance a call can be repeated: it guards the network inside, not the one outside.</remarks>
public sealed class InternalSignature
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "X-Internal-Signature";

    /// <summary>The setting with the shared secret, at least 16 characters.</summary>
    public const string Setting = "Internal:Secret";

    /// <summary>How far the clocks of caller and called may lie apart, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);

    private const int MinimumLength = 16;
    private readonly byte[] _key;

    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public InternalSignature(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (secret.Length < MinimumLength)
        {
            throw new ArgumentException($"The secret of internal calls ({Setting}) must have at least {MinimumLength} characters.", nameof(secret));
        }

        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, info: "engagement internal call"u8.ToArray());
    }

    /// <summary>Reads <see cref="Setting"/>.</summary>
    /// <exception cref="InvalidOperationException">The setting is missing.</exception>
    public static InternalSignature From(IConfiguration configuration) => new(
        configuration[Setting]
        ?? throw new InvalidOperationException($"The secret of internal calls is missing: set {Setting} to at least {MinimumLength} characters."));

    /// <summary>The header's value for a call.</summary>
    /// <param name="target">Path and query as they go over the wire, escaped.</param>
    public string Sign(string method, string target, string tenant, DateTimeOffset now)
    {
        var time = now.ToUnixTimeSeconds();
        return $"t={time.ToString(CultureInfo.InvariantCulture)},v1={Base64Url.EncodeToString(Mac(time, method, target, tenant))}";
    }

    /// <summary>Says whether the header's value was made for this very call, not longer than <see cref="Tolerance"/> ago.</summary>
    public bool Verify(string? header, string method, string target, string tenant, DateTimeOffset now)
    {
        if (header?.Split(',') is not [['t', '=', .. var t], ['v', '1', '=', .. var v1]]
            || !long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            || Math.Abs(now.ToUnixTimeSeconds() - time) > Tolerance.TotalSeconds)
        {
            return false;
        }

        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return Base64Url.IsValid(v1, out var length) && length == mac.Length && Base64Url.TryDecodeFromChars(v1, mac, out _)
            && CryptographicOperations.FixedTimeEquals(mac, Mac(time, method, target, tenant));
    }

    private byte[] Mac(long time, string method, string target, string tenant) => HMACSHA256.HashData(
        _key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time}\n{method.ToUpperInvariant()}\n{target}\n{tenant}")));
}
