using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Engagement.ServiceDefaults;

/// <summary>The key that wraps the customers' keys, from the setting <c>Keys:Master</c>. Immutable and thread-safe.</summary>
public sealed class MasterKey
{
    /// <summary>The setting that holds the secret.</summary>
    public const string Setting = "Keys:Master";

    private const int MinimumLength = 16;
    private static readonly byte[] Salt = "engagement master key"u8.ToArray();
    private readonly byte[] _root;

    /// <summary>Derives from any text of at least 16 characters; the longer and the more random, the better.</summary>
    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public MasterKey(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (secret.Length < MinimumLength)
        {
            throw new ArgumentException($"The master key ({Setting}) must have at least {MinimumLength} characters.", nameof(secret));
        }

        _root = HKDF.Extract(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), Salt);
    }

    /// <summary>Reads <see cref="Setting"/>.</summary>
    /// <exception cref="InvalidOperationException">The setting is missing.</exception>
    public static MasterKey From(IConfiguration configuration) => new(
        configuration[Setting] ?? throw new InvalidOperationException($"The master key is missing: set {Setting} to at least {MinimumLength} characters."));

    /// <summary>A 256-bit key for one purpose; the same purpose gives the same key.</summary>
    internal byte[] Derive(string purpose) => HKDF.Expand(HashAlgorithmName.SHA256, _root, 32, Encoding.UTF8.GetBytes(purpose));
}
