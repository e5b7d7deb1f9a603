using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>The customer, wherever an event names one: the id goes with the fact, everything personal goes apart.</summary>
internal static partial class CustomerFields
{
    private const string ForbiddenInMailbox = "<>()[],;:\"\\@";
    private const string LanguagePattern = "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*";
    private const string ZonePattern = "[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*";

    internal static readonly LineRule Email = new(IsEmail, "not_an_email", "Must be an e-mail address.", "idn-email", @"[^\s@]+@[^\s@]+\.[^\s@]+");
    internal static readonly LineRule Language = new(IsLanguage, "not_a_language", "Must be a language tag such as it or en-GB.", Pattern: LanguagePattern);
    private static readonly LineRule Zone = new(IsZone, "not_a_zone", "Must be a time zone such as Europe/Rome.", Pattern: ZonePattern);

    public static (CustomerId Id, ContactFound? Contact) Read(Fields customer, ReadingContext context)
    {
        var known = customer.Faults;
        var id = customer.OptionalId("id");
        var email = customer.OptionalLine("email", 254, Email);
        customer.OneOf(id is not null || email is not null || customer.Faults > known, "A customer needs an id or an e-mail address.", "id", "email");

        var details = new ContactDetails(
            customer.OptionalLine("name", 200),
            email,
            customer.OptionalLine("phone", 50),
            customer.OptionalObject("address") is { } address ? ReadAddress(address) : null);
        var language = customer.OptionalLine("language", 35, Language);
        var zone = customer.OptionalLine("zone", 64, Zone);

        // A shop that uses addresses as ids has their hash as id here: an id travels in the clear.
        var customerId = id is not null ? (id.Contains('@') ? context.GuestId(id) : new CustomerId(id)) : email is not null ? context.GuestId(email) : default;
        var nothing = details is { Name: null, Email: null, Phone: null, Address: null } && language is null && zone is null;
        return (customerId, nothing ? null : new ContactFound(customerId, details, language, zone));
    }

    /// <summary>Every id that the customer may be known by, and nothing else.</summary>
    public static IReadOnlyList<CustomerId> ReadIds(Fields customer, ReadingContext context)
    {
        var known = customer.Faults;
        var (id, email) = (customer.OptionalId("id"), customer.OptionalLine("email", 254, Email));
        customer.OneOf(id is not null || email is not null || customer.Faults > known, "A customer needs an id or an e-mail address.", "id", "email");
        CustomerId?[] ids = [id is null ? null : id.Contains('@') ? context.GuestId(id) : new CustomerId(id), email is null ? null : context.GuestId(email)];
        return [.. ids.OfType<CustomerId>().Distinct()];
    }

    private static PostalAddress? ReadAddress(Fields address)
    {
        var read = new PostalAddress(
            address.OptionalText("street", 300), address.OptionalLine("city", 200), address.OptionalLine("postalCode", 40),
                address.OptionalLine("country", 100));
        return read is { Street: null, City: null, PostalCode: null, Country: null } ? null : read;
    }

    /// <summary>The shape only, with room for letters of any script; whether mail arrives there, mail will tell.</summary>
    private static bool IsEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at is < 1 or > 64)
            return false;

        foreach (var rune in text.AsSpan(0, at).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || (rune.IsAscii && ForbiddenInMailbox.Contains((char)rune.Value, StringComparison.Ordinal)))
                return false;
        }

        var labels = 0;
        foreach (var range in text.AsSpan(at + 1).Split('.'))
        {
            labels++;
            if (!IsLabel(text.AsSpan(at + 1)[range]))
                return false;
        }

        return labels > 1;
    }

    private static bool IsLabel(ReadOnlySpan<char> label)
    {
        if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
            return false;
        foreach (var rune in label.EnumerateRunes())
        {
            var mark = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if (!mark && rune.Value != '-' && !Rune.IsLetterOrDigit(rune))
                return false;
        }

        return true;
    }

    private static bool IsLanguage(string text) => LanguageTag().IsMatch(text);

    /// <summary>The shape goes first: Windows' names are no ids of ours, and the system looks unknown ids up as files.</summary>
    private static bool IsZone(string text) => ZoneId().IsMatch(text) && TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone) && zone.HasIanaId;

    [GeneratedRegex($@"^{LanguagePattern}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LanguageTag();

    [GeneratedRegex($@"^{ZonePattern}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneId();
}
