using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;

namespace Engagement.Messaging.Sending;

/// <summary>The Message-ID of a mail, named after its message's key: a repeat has the same one, two mails never share one.</summary>
public static class MessageId
{
    private const int LongestPart = 64;
    private const int LongestKey = 128;

    /// <summary><c>thank-you.order-1001.demo@demo.example</c>; the angle brackets belong to the header.</summary>
    public static string For(MessageKey key, string tenant, string domain)
    {
        var name = string.Join('.', key.Value.Split('/').Select(part => Short(Escaped(part), LongestPart)));
        return $"{Short(name, LongestKey)}.{Short(Escaped(tenant), LongestPart)}@{domain}";
    }

    /// <summary>What isn't a letter, a digit or a dash becomes <c>_</c> and two hex digits per byte, as in a URL.</summary>
    private static string Escaped(string value)
    {
        var escaped = new StringBuilder(value.Length);
        foreach (var b in Encoding.UTF8.GetBytes(value))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c == '-')
                escaped.Append(c);
            else
                escaped.Append('_').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return escaped.Length == 0 ? "_" : escaped.ToString();
    }

    /// <summary>File systems and header lines have their limits; <c>_h</c> is no escape, so no other part can look like this.</summary>
    private static string Short(string part, int longest) => part.Length <= longest
        ? part
        : $"{part[..24]}_h{Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(part)).AsSpan(0, 16))}";
}
