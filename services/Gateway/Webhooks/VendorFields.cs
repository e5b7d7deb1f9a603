using System.Globalization;
using System.Text;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks;

/// <summary>
/// Reads what shop systems send: as strict as <see cref="Fields"/> about what a fact rests on, lenient about what is only shown, since nobody there can put it
/// right.
/// </summary>
internal static class VendorFields
{
    /// <summary>Room for any currency's notes, and less than absurd.</summary>
    public const decimal HighestAmount = 10_000_000_000;

    /// <summary>A line for people: cut where it is too long, blanks where it has line breaks or control characters.</summary>
    public static string? Loose(this Fields fields, string name, int longest)
    {
        if (!fields.TryGet(name, out var value)) return null;
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            _ => fields.Fault<string>(name, "wrong_type", "Must be a string.") ?? "",
        };
        var line = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.Trim().EnumerateRunes().Take(longest)) line.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        return line.ToString().Trim() is { Length: > 0 } some ? some : null;
    }

    /// <summary>An e-mail address; null for what is none.</summary>
    public static string? LooseEmail(this Fields fields, string name) =>
        fields.Loose(name, 254) is { } text && CustomerFields.Email.IsRight(text) ? text : null;

    /// <summary>A shop's id; 0 stands for none.</summary>
    public static string? LooseId(this Fields fields, string name) => fields.OptionalId(name) is { } id and not "0" ? id : null;

    public static Uri? LooseUrl(this Fields fields, string name) =>
        fields.Loose(name, 2000) is { } text && OrderShippedEvent.WebAddress.IsRight(text) ? new Uri(text) : null;

    /// <summary>A currency; null for what is none.</summary>
    public static string? LooseCurrency(this Fields fields, string name) => fields.Silently().Currency(name) is { Length: > 0 } currency ? currency : null;

    /// <summary>How many; 0 for what was taken out again.</summary>
    public static int LooseQuantity(this Fields fields, string name) =>
        fields.TryGet(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number == 0
            ? 0
            : fields.Quantity(name);

    /// <summary>A number, or a string that holds one, rounded to our decimals.</summary>
    public static decimal Rounded(this Fields fields, string name)
    {
        var known = fields.Faults;
        if (fields.OptionalRounded(name) is { } amount) return amount;
        return fields.Faults == known ? fields.Fault<decimal>(name, "required", "Must be there.") : 0;
    }

    /// <param name="lowest">Negative where the system writes what was given back so.</param>
    public static decimal? OptionalRounded(this Fields fields, string name, decimal lowest = 0)
    {
        if (!fields.TryGet(name, out var value) || value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString())) return null;
        decimal amount;
        switch (value.ValueKind)
        {
            case JsonValueKind.Number when value.TryGetDecimal(out amount):
            case JsonValueKind.String when decimal.TryParse(
                value.GetString(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out amount):
                return amount < lowest || amount > HighestAmount ? OutOfRange() : decimal.Round(amount, Fields.Decimals);
            case JsonValueKind.Number:
                return OutOfRange();
            case JsonValueKind.String:
                return fields.Fault<decimal?>(name, "not_an_amount", "Must be a number, or a string that holds one, such as 59.90.");
            default:
                return fields.Fault<decimal?>(name, "wrong_type", "Must be a number, or a string that holds one, such as 59.90.");
        }

        decimal? OutOfRange() => fields.Fault<decimal?>(name, "out_of_range",
            string.Create(CultureInfo.InvariantCulture, $"Must lie between {lowest} and {HighestAmount}."));
    }

    public static ContactFound? Contact(
        CustomerId customer, string? name, string? email, string? phone, PostalAddress? address, string? language) =>
        name is null && email is null && phone is null && address is null && language is null
            ? null
            : new ContactFound(customer, new ContactDetails(name, email, phone, address), language, null);

    public static PostalAddress? Address(Fields address, string postalCode, string country)
    {
        var street = Joined(
            ", ", address.Loose("address1", 150) ?? address.Loose("address_1", 150), address.Loose("address2", 140) ?? address.Loose("address_2", 140));
        var read = new PostalAddress(street, address.Loose("city", 200), address.Loose(postalCode, 40), address.Loose(country, 100));
        return read is { Street: null, City: null, PostalCode: null, Country: null } ? null : read;
    }

    public static string? Name(Fields person) => Joined(" ", person.Loose("first_name", 99), person.Loose("last_name", 99));

    public static string? LooseLanguage(this Fields fields, string name) =>
        fields.Loose(name, 35)?.Replace('_', '-') is { } text && CustomerFields.Language.IsRight(text) ? text : null;

    private static string? Joined(string between, params string?[] parts) => string.Join(between, parts.OfType<string>()) is { Length: > 0 } text ? text : null;
}
