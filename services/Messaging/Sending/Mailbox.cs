using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Sending;

/// <summary>An address that can be written into a mail and said to a server as it is. <see cref="ToString"/> says nothing personal.</summary>
public sealed record Mailbox
{
    private const string AtomMarks = "!#$%&'*+-/=?^_`{|}~";

    private Mailbox(string address, string? displayName) => (Address, DisplayName) = (address, displayName);

    /// <summary>ASCII only; an international domain stands in its <c>xn--</c> form.</summary>
    public string Address { get; }

    /// <summary>One line, or null.</summary>
    public string? DisplayName { get; }

    public string Domain => Address[(Address.LastIndexOf('@') + 1)..];

    /// <summary>False for what is no address, and for local parts outside ASCII or in quotes, which too few servers take.</summary>
    public static bool TryCreate(string? address, string? displayName, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        var text = address?.Trim() ?? "";
        var at = text.LastIndexOf('@');
        if (at is < 1 or > 64 || !IsDotAtom(text[..at]) || !TryDomain(text[(at + 1)..], out var domain))
            return false;

        var name = Composer.OneLine(displayName);
        mailbox = new($"{text[..at]}@{domain}", name.Length is 0 or > 200 || name.Contains('@', StringComparison.Ordinal) ? null : name);
        return mailbox.Address.Length <= 254;
    }

    public override string ToString() => "<mailbox>";

    internal static bool IsAtom(char c) => char.IsAsciiLetterOrDigit(c) || AtomMarks.Contains(c, StringComparison.Ordinal);

    private static bool IsDotAtom(string text) => text.Split('.').All(atom => atom.Length > 0 && atom.All(IsAtom));

    private static bool TryDomain(string text, out string domain)
    {
        domain = "";
        try
        {
            domain = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(text).ToLowerInvariant();
        }
        catch (ArgumentException) // how IdnMapping says that this is no domain
        {
            return false;
        }
        return domain.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
    }
}
