using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>Ids of customers whom the shop knows by their e-mail only. Thread-safe.</summary>
public sealed class CustomerIds(MasterKey master)
{
    private static readonly IdnMapping Idn = new();

    /// <summary>
    /// <c>guest-</c> and 128 bits of an HMAC of the normalised e-mail in hex: the same for one address in one shop, and without
    /// the master key neither reversible nor comparable between shops.
    /// </summary>
    public CustomerId ForGuest(string tenant, string email)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(email);
        return CustomerId.From($"guest-{Hash(tenant, Normalise(email))}");
    }

    /// <summary>As <see cref="ForGuest"/>, of a phone number: <c>phone-…</c>.</summary>
    /// <param name="number">By E.164.</param>
    public CustomerId ForPhone(string tenant, string number)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(number);
        return CustomerId.From($"phone-{Hash(tenant, number)}");
    }

    private string Hash(string tenant, string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        var mac = HMACSHA256.HashData(master.Derive($"guest/{tenant}"), Encoding.UTF8.GetBytes(address));
        return Convert.ToHexStringLower(mac.AsSpan(0, 16));
    }

    internal static string Normalise(string email)
    {
        var text = email.Trim().Normalize(NormalizationForm.FormC).ToLowerInvariant();
        var at = text.LastIndexOf('@');
        return at < 0 ? text : $"{text[..(at + 1)]}{Punycode(text[(at + 1)..])}";
    }

    private static string Punycode(string domain)
    {
        try
        {
            return Idn.GetAscii(domain);
        }
        catch (ArgumentException)
        {
            return domain;   // no valid name, yet the same text must still give the same id
        }
    }
}
