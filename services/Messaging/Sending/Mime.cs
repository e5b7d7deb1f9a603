using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Engagement.Messaging.Sending;

/// <summary>
/// Writes mails by RFC 5322, 2045 and 2047: ASCII only, CRLF, short lines. Ours, because System.Net.Mail dates every mail by the
/// machine's clock and draws a random boundary, so that a repeat would be another mail.
/// </summary>
internal static class Mime
{
    private const int LongestLine = 76;

    public static StringBuilder Header(this StringBuilder mail, string name, string value) => mail.Append(name).Append(": ").Append(value).Append("\r\n");

    public static StringBuilder TextHeader(this StringBuilder mail, string name, string value) =>
        mail.Header(name, IsPlain(value) && name.Length + 2 + value.Length <= LongestLine ? value : EncodedWords(value, name.Length + 2));

    public static StringBuilder MailboxHeader(this StringBuilder mail, string name, Mailbox mailbox)
    {
        if (mailbox.DisplayName is not { } displayName)
            return mail.Header(name, mailbox.Address);

        var phrase = Phrase(displayName, name.Length + 2);
        var address = $"<{mailbox.Address}>";
        var fits = !phrase.Contains('\n', StringComparison.Ordinal) && name.Length + 2 + phrase.Length + 1 + address.Length <= LongestLine;
        return mail.Header(name, phrase + (fits ? " " : "\r\n ") + address);
    }

    /// <summary>An address can't be folded: where it doesn't fit behind the name it stands on the next line, however long it is.</summary>
    public static StringBuilder UrlHeader(this StringBuilder mail, string name, Uri url) => mail
        .Append(name).Append(name.Length + 4 + url.AbsoluteUri.Length <= LongestLine ? ": <" : ":\r\n <").Append(url.AbsoluteUri).Append(">\r\n");

    public static StringBuilder DateHeader(this StringBuilder mail, DateTimeOffset at) =>
        mail.Header("Date", at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH':'mm':'ss '+0000'", CultureInfo.InvariantCulture));

    /// <summary>Plain text first: readers show the last part that they understand.</summary>
    public static StringBuilder Alternatives(this StringBuilder mail, string text, string html, string seed)
    {
        // "=_" can't occur in quoted-printable, so no part contains the boundary.
        var boundary = "=_" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(seed)).AsSpan(0, 12));
        mail.Header("MIME-Version", "1.0").Header("Content-Type", $"multipart/alternative;\r\n boundary=\"{boundary}\"");
        foreach (var (type, content) in new[] { ("plain", text), ("html", html) })
        {
            mail.Append("\r\n--").Append(boundary).Append("\r\n")
                .Header("Content-Type", $"text/{type}; charset=utf-8").Header("Content-Transfer-Encoding", "quoted-printable").Append("\r\n");
            QuotedPrintable(mail, content);
        }
        return mail.Append("\r\n--").Append(boundary).Append("--\r\n");
    }

    private static string Phrase(string value, int column)
    {
        if (!IsPlain(value) || column + value.Length + 2 > LongestLine)
            return EncodedWords(value, column);

        return value.All(c => c == ' ' || Mailbox.IsAtom(c))
            ? value
            : $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private static bool IsPlain(string value) => value.All(c => c is >= ' ' and <= '~') && !value.Contains("=?", StringComparison.Ordinal);

    /// <summary>RFC 2047's "Q" words, one to a line; only what is allowed in a name too stands unencoded, and no character is torn apart.</summary>
    private static string EncodedWords(string value, int column)
    {
        const string Open = "=?utf-8?Q?", Close = "?=";
        var words = new StringBuilder(Open);
        column += Open.Length;
        foreach (var rune in value.EnumerateRunes())
        {
            var c = rune.IsAscii ? (char)rune.Value : '\0';
            var token = c == ' ' ? "_" : char.IsAsciiLetterOrDigit(c) || c is '!' or '*' or '+' or '-' or '/' ? c.ToString() : Hex(rune);
            if (column + token.Length + Close.Length > LongestLine - 1)
            {
                words.Append(Close).Append("\r\n ").Append(Open);
                column = 1 + Open.Length;
            }
            words.Append(token);
            column += token.Length;
        }
        return words.Append(Close).ToString();
    }

    private static void QuotedPrintable(StringBuilder mail, string content)
    {
        var first = true;
        foreach (var line in content.EnumerateLines())
        {
            mail.Append(first ? "" : "\r\n");
            first = false;
            var column = 0;
            var rest = line;
            while (rest.Length > 0)
            {
                Rune.DecodeFromUtf16(rest, out var rune, out var length);
                rest = rest[length..];
                var plain = rune.Value is (>= ' ' and <= '~' and not '=') or '\t' && !(rest.Length == 0 && rune.Value is ' ' or '\t');
                var width = plain ? 1 : 3 * rune.Utf8SequenceLength;
                if (column + width > LongestLine - 1)
                {
                    mail.Append("=\r\n");
                    column = 0;
                }
                if (plain)
                    mail.Append((char)rune.Value);
                else
                    mail.Append(Hex(rune));
                column += width;
            }
        }
    }

    private static string Hex(Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        var hex = new StringBuilder(12);
        foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
            hex.Append('=').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        return hex.ToString();
    }
}
