using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Engagement.ServiceDefaults;

/// <summary>What a customer's link opens: one thing of one shop, for one purpose, until a time of the domain's clock.</summary>
/// <param name="Purpose">The page: a link to one opens no other.</param>
/// <param name="Subject">Ids only, such as an order's.</param>
/// <param name="ExpiresAt">To the minute.</param>
public sealed record PageLink(string Purpose, string Tenant, string Subject, DateTimeOffset ExpiresAt);

/// <summary>
/// Links to customers' pages, that need no log-in: <c>{Engagement:PublicUrl}/p/{token}</c>. The token is the link itself, encrypted and authenticated
/// (AES-256-GCM) with the setting <c>Pages:Key</c>; tokens of <c>Pages:OldKey</c> open too, so that the key can be replaced. A singleton, thread-safe.
/// </summary>
/// <remarks>
/// The same link gives the same token, since a repeated mail must be the same mail: the nonce is a MAC of the content, so it repeats only with it.
/// </remarks>
public sealed class PageLinks
{
    public const string KeySetting = "Pages:Key";
    public const string OldKeySetting = "Pages:OldKey";
    public const string UrlSetting = "Engagement:PublicUrl";

    private const int MinimumLength = 16;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int TimeSize = sizeof(uint);
    private const int LongestToken = 1000;
    private static readonly byte[] BoundTo = "engagement page 1"u8.ToArray();

    private readonly Key[] _keys;
    private readonly Uri? _publicUrl;

    public PageLinks(string key, string? oldKey, Uri? publicUrl)
    {
        _keys = [.. new[] { key, oldKey }.OfType<string>().Where(secret => secret.Length > 0).Select(Derive)];
        _publicUrl = publicUrl is null ? null : new Uri($"{publicUrl.AbsoluteUri.TrimEnd('/')}/");
    }

    private sealed record Key(byte[] Encryption, byte[] Nonces);

    /// <exception cref="InvalidOperationException">A setting is missing or can't be understood.</exception>
    public static PageLinks From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var url = configuration[UrlSetting] is not { Length: > 0 } text ? null
            : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
            : throw new InvalidOperationException($"{UrlSetting} must be an address of http or https.");
        return new(
            configuration[KeySetting] is { Length: > 0 } key ? key
                : throw new InvalidOperationException($"The key of customers' pages is missing: set {KeySetting} to at least {MinimumLength} characters."),
            configuration[OldKeySetting], url);
    }

    /// <summary>The whole address, or null where the installation doesn't say under which it is reached from outside.</summary>
    public Uri? UrlOf(PageLink link) => _publicUrl is null ? null : new Uri(_publicUrl, $"p/{TokenOf(link)}");

    /// <summary>URL-safe; some 80 characters.</summary>
    public string TokenOf(PageLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        byte[] plain = [.. new byte[TimeSize], .. Encoding.UTF8.GetBytes($"{link.Purpose}\n{link.Tenant}\n{link.Subject}")];
        BinaryPrimitives.WriteUInt32BigEndian(plain, checked((uint)(link.ExpiresAt.ToUnixTimeSeconds() / 60)));
        var token = new byte[NonceSize + plain.Length + TagSize];
        HMACSHA256.HashData(_keys[0].Nonces, plain).AsSpan(0, NonceSize).CopyTo(token);
        using var aes = new AesGcm(_keys[0].Encryption, TagSize);
        aes.Encrypt(token.AsSpan(0, NonceSize), plain, token.AsSpan(NonceSize, plain.Length), token.AsSpan(NonceSize + plain.Length), BoundTo);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>What a token opens, also when its time is over; null where nobody with our keys made it.</summary>
    public PageLink? Open(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (token.Length > LongestToken || !Base64Url.IsValid(token, out var length) || length <= NonceSize + TimeSize + TagSize) return null;
        var box = Base64Url.DecodeFromChars(token);
        var plain = new byte[box.Length - NonceSize - TagSize];
        foreach (var key in _keys)
        {
            using var aes = new AesGcm(key.Encryption, TagSize);
            try
            {
                aes.Decrypt(box.AsSpan(0, NonceSize), box.AsSpan(NonceSize, plain.Length), box.AsSpan(NonceSize + plain.Length), plain, BoundTo);
            }
            catch (AuthenticationTagMismatchException)
            {
                continue;
            }

            var expires = DateTimeOffset.FromUnixTimeSeconds(60L * BinaryPrimitives.ReadUInt32BigEndian(plain));
            return Encoding.UTF8.GetString(plain.AsSpan(TimeSize)).Split('\n', 3) is [var purpose, var tenant, var subject]
                ? new PageLink(purpose, tenant, subject, expires)
                : null;
        }

        return null;
    }

    private static Key Derive(string secret)
    {
        if (secret.Length < MinimumLength)
            throw new InvalidOperationException($"The key of customers' pages ({KeySetting}) must have at least {MinimumLength} characters.");
        var root = Encoding.UTF8.GetBytes(secret);
        return new(
            HKDF.DeriveKey(HashAlgorithmName.SHA256, root, 32, info: "engagement page"u8.ToArray()),
            HKDF.DeriveKey(HashAlgorithmName.SHA256, root, 32, info: "engagement page nonce"u8.ToArray()));
    }
}

public static class PageLinksRegistration
{
    public static IServiceCollection AddPageLinks(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => PageLinks.From(provider.GetRequiredService<IConfiguration>()));
        return services;
    }
}

/// <summary>What links are for.</summary>
public static class PagePurposes
{
    /// <summary>An order's state and timeline; the subject is its id.</summary>
    public const string Order = "order";

    /// <summary>Whether an order has arrived and is right; the subject is its id.</summary>
    public const string CheckIn = "check-in";

    /// <summary>What a customer wants to be written; the subject is made by <see cref="PreferencesSubject"/>.</summary>
    public const string Preferences = "preferences";

    /// <summary>What was left in a cart, and the way back into it; the subject is a <see cref="CartSubject"/>.</summary>
    public const string Cart = "cart";

    /// <summary>Why a cart was left; the subject is a <see cref="CartQuestionSubject"/>.</summary>
    public const string CartQuestion = "cart-question";
}

/// <summary>A cart, and the customer who is shown it as long as it is theirs.</summary>
/// <param name="Customer">Null in links that were made before they named one.</param>
public readonly record struct CartSubject(CartId Cart, CustomerId? Customer)
{
    public static CartSubject Parse(string subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return subject.Split('\n', 2) is [var customer, var cart] ? new(new(cart), new(customer)) : new(new(subject), null);
    }

    public override string ToString() => $"{Customer?.Value}\n{Cart.Value}";
}

/// <summary>Who is asked why, and of which of a cart's abandonments.</summary>
public readonly record struct CartQuestionSubject(CartId Cart, int Number, CustomerId Customer)
{
    /// <summary>Null for what is none.</summary>
    public static CartQuestionSubject? Parse(string subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return subject.Split('\n', 3) is [var number, var customer, var cart] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? new(new(cart), n, new(customer))
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}\n{Customer.Value}\n{Cart.Value}");
}

/// <summary>Whose preferences a link opens, and the message that it stands in.</summary>
public readonly record struct PreferencesSubject(CustomerId Customer, MessageKey? Message)
{
    public static PreferencesSubject Parse(string subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return subject.Split('\n', 2) is [var customer, { Length: > 0 } message] ? new(new(customer), new(message)) : new(new(subject.TrimEnd('\n')), null);
    }

    public override string ToString() => $"{Customer.Value}\n{Message?.Value}";
}
