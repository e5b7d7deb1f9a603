using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Engagement.ServiceDefaults;

/// <summary>What the check of a webhook's signature came to.</summary>
public enum WebhookCheck
{
    Valid,

    /// <summary>A header is missing or can't be read.</summary>
    Malformed,

    /// <summary>The timestamp lies too far from now: it may be a repeat by somebody else.</summary>
    OutOfTime,

    /// <summary>None of the signatures was made with one of the secrets.</summary>
    WrongSignature,
}

/// <summary>
/// Signs and verifies by Standard Webhooks 1.0.0: <c>v1,</c> and base64 of HMAC-SHA256 over id, unix seconds and raw body, joined by dots.
/// The header is a list, so that a secret can be replaced while both still hold. By real time. Thread-safe.
/// </summary>
public static class StandardWebhooks
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>What a secret begins with; base64 of 24 to 64 bytes follows.</summary>
    public const string SecretPrefix = "whsec_";

    /// <summary>How far the sender's clock and ours may lie apart, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string Version = "v1,";

    /// <summary>A new secret, of 256 bits.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Says whether this is a secret by the specification; the prefix may be left out.</summary>
    public static bool IsSecret(string? secret) => KeyOf(secret) is not null;

    /// <summary>The value of <see cref="SignatureHeader"/>, one signature per secret.</summary>
    /// <exception cref="ArgumentException">One of them is no secret, or there is none.</exception>
    public static string Sign(IEnumerable<string> secrets, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentException.ThrowIfNullOrEmpty(id);
        var message = Message(id, at.ToUnixTimeSeconds(), body);
        var signatures = secrets.Select(secret =>
            Version + Convert.ToBase64String(HMACSHA256.HashData(KeyOf(secret) ?? throw new ArgumentException("A webhook's secret is no secret."), message)));
        return string.Join(' ', signatures) is { Length: > 0 } header ? header : throw new ArgumentException("A webhook needs a secret.", nameof(secrets));
    }

    /// <summary>A signed POST of <paramref name="body"/>; a repeat under the same id is the same webhook to its receiver.</summary>
    /// <param name="mediaType">Of the body, which is UTF-8: <c>application/json</c>.</param>
    /// <exception cref="ArgumentException">One of the secrets is none, or there is none.</exception>
    public static HttpRequestMessage Post(Uri url, IEnumerable<string> secrets, string id, DateTimeOffset at, string mediaType, byte[] body) =>
        new(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType, "utf-8") } },
            Headers =
            {
                { IdHeader, id },
                { TimestampHeader, at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) },
                { SignatureHeader, Sign(secrets, id, at, body) },
            },
        };

    /// <summary>Checks the three headers against the raw body; any of the secrets will do. In the same time whichever it is.</summary>
    /// <exception cref="ArgumentException">One of the secrets is none.</exception>
    public static WebhookCheck Verify(
        IEnumerable<string> secrets, string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(signatures)
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
        {
            return WebhookCheck.Malformed;
        }

        if (Math.Abs((decimal)now.ToUnixTimeSeconds() - time) > (decimal)Tolerance.TotalSeconds) return WebhookCheck.OutOfTime;

        byte[][] given =
        [
            .. signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Where(signature => signature.StartsWith(Version, StringComparison.Ordinal))   // other versions are for other verifiers
                .Select(signature => Encoding.ASCII.GetBytes(signature[Version.Length..])),
        ];
        var message = Message(id, time, body);
        var valid = false;
        foreach (var secret in secrets)
        {
            var key = KeyOf(secret) ?? throw new ArgumentException("A webhook's secret is no secret.", nameof(secrets));
            var expected = Encoding.ASCII.GetBytes(Convert.ToBase64String(HMACSHA256.HashData(key, message)));
            foreach (var signature in given) valid |= CryptographicOperations.FixedTimeEquals(signature, expected);
        }

        return valid ? WebhookCheck.Valid : WebhookCheck.WrongSignature;
    }

    private static byte[] Message(string id, long time, ReadOnlySpan<byte> body) =>
        [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{time}.")), .. body];

    private static byte[]? KeyOf(string? secret)
    {
        var text = secret?.StartsWith(SecretPrefix, StringComparison.Ordinal) == true ? secret[SecretPrefix.Length..] : secret;
        Span<byte> key = stackalloc byte[66];
        return text is not null && Convert.TryFromBase64String(text, key, out var length) && length is >= 24 and <= 64 ? key[..length].ToArray() : null;
    }
}
