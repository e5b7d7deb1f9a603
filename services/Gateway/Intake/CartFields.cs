using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>What events of carts have in common: whose the cart is, where the shop shows it, and what is in it.</summary>
internal static class CartFields
{
    private const int MostGiven = 50;

    private static readonly LineRule Https = new(
        IsHttps, "not_a_url", "Must be an absolute address that begins with https.", "uri", @"https://([^\s@%]|%(?!40))+");

    public static CartId Cart(this Fields data, ReadingContext context, string name = "cart") => CartIdOf(data.Id(name), context);

    /// <summary>As a customer's: an id travels in the clear, so an address has its hash as id here.</summary>
    public static CartId CartIdOf(string id, ReadingContext context) => new(id.Contains('@', StringComparison.Ordinal) ? context.GuestId(id).Value : id);

    /// <summary>What the customer has given is told by name only: the details themselves go apart.</summary>
    public static (CartVisit? Visit, ContactFound? Contact) Visit(this Fields data, ReadingContext context)
    {
        CustomerId? customer = null;
        ContactFound? contact = null;
        if (data.OptionalObject("customer") is { } found) (customer, contact) = CustomerFields.Read(found, context);
        var url = data.OptionalLine("url", 2000, Https);
        if (url is not null && (url.Contains('@', StringComparison.Ordinal) || url.Contains("%40", StringComparison.Ordinal)))
            url = data.Fault<string>("url", "personal", "Must hold neither '@' nor %40: it is kept and sent in the clear.");
        var given = data.OptionalWords("given", MostGiven).Concat(GivenBy(contact?.Details)).Distinct().Order(StringComparer.Ordinal).ToArray();
        var visit = new CartVisit(customer, contact?.Language, url is null ? null : new Uri(url), given.Length == 0 ? null : given);
        return (visit == new CartVisit() ? null : visit, contact);
    }

    public static OrderLine Line(Fields line, string currency) => new(
        line.Line("title", 500), line.Quantity("quantity"), new Money(line.Amount("price"), currency), line.OptionalLine("sku", 100));

    /// <summary>What details are there, as the shop's settings may ask for them.</summary>
    public static IEnumerable<string> GivenBy(ContactDetails? details)
    {
        if (details?.Name is not null) yield return "name";
        if (details?.Email is not null) yield return "email";
        if (details?.Phone is not null) yield return "phone";
        if (details?.Address is not null) yield return "address";
    }

    private static bool IsHttps(string text) =>
        !text.Any(char.IsWhiteSpace) && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps;
}
