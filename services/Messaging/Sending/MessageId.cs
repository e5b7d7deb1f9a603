using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Sending;

/// <summary>The Message-ID of a mail, named after what it answers: a repeat has the same one, two mails never share one.</summary>
public static class MessageId
{
    private const int LongestPart = 64;

    /// <summary><c>thank-you.order-1001.demo@demo.example</c>; the angle brackets belong to the header.</summary>
    /// <param name="subject">What the mail answers, such as <c>order/1001</c>.</param>
    public static string For(MessageKind kind, string subject, string tenant, string domain)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var slash = subject.IndexOf('/', StringComparison.Ordinal);
        // The first dash of the part stands for the first slash of the subject, so the type must not bring one.
        var part = slash < 0
            ? Escaped(subject, dashes: true)
            : $"{Escaped(subject[..slash], dashes: true)}-{Escaped(subject[(slash + 1)..], dashes: false)}";
        return $"{Templates.NameOf(kind)}.{Short(part)}.{Short(Escaped(tenant, dashes: false))}@{domain}";
    }

    /// <summary>What isn't a letter, a digit or a dash becomes <c>_</c> and two hex digits per byte, as in a URL.</summary>
    private static string Escaped(string value, bool dashes)
    {
        var escaped = new StringBuilder(value.Length);
        foreach (var b in Encoding.UTF8.GetBytes(value))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || (c == '-' && !dashes))
                escaped.Append(c);
            else
                escaped.Append('_').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return escaped.Length == 0 ? "_" : escaped.ToString();
    }

    /// <summary>File systems and header lines have their limits; <c>_h</c> is no escape, so no other part can look like this.</summary>
    private static string Short(string part) => part.Length <= LongestPart
        ? part
        : $"{part[..24]}_h{Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(part)).AsSpan(0, 16))}";
}
