using System.Text.Json;
using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

/// <summary>A cart, and the checkout that comes of it, as Shopify has them: each webhook tells all of it. A checkout belongs to its cart, by the cart's token.</summary>
internal static class ShopifyCart
{
    private const int LongestPermalink = 1700;   // with the shop's address, as long as any address

    private static readonly string[] PriceSets = ["price_set", "line_price_set", "discounted_price_set", "original_line_price_set"];

    /// <summary>A cart knows nobody; who it is, its checkout tells.</summary>
    public static void Read(Fields cart, Findings found)
    {
        var id = TokenOf(cart, "token") ?? TokenOf(cart, "id") ?? cart.Id("id");
        var updated = found.Time(cart, "updated_at");
        if (!cart.Has("line_items")) return;
        var visit = UrlOf(cart, found) is { } url ? new CartVisit(Url: url) : null;
        found.Add($"carts/{id}@{found.Version(updated, cart)}", new ChangeCart(new(id), Lines(cart), null, visit, found.At(updated)), found.At(updated));
    }

    public static void ReadCheckout(Fields checkout, Findings found)
    {
        var id = new CartId(TokenOf(checkout, "cart_token") ?? TokenOf(checkout, "token") ?? checkout.Id("id"));
        var updated = found.Time(checkout, "updated_at");
        var reported = found.At(updated);
        var version = $"checkouts/{id.Value}@{found.Version(updated, checkout)}";
        var (visit, contact) = Visit(checkout, found);
        var token = TokenOf(checkout, "token") ?? id.Value;
        Permitted(checkout, token, reported, found);
        // Once: an order may name either.
        if (token != id.Value) found.Add($"checkouts/{token}/is/{id.Value}", new MergeCarts(id, new(token), null, null, null, reported), reported);
        if (found.Time(checkout, "completed_at") is { } completed)
        {
            found.Add($"{version}/completed", new CompleteCheckout(id, null, visit, found.At(completed)), reported, contact);
            return;
        }

        var currency = checkout.LooseCurrency("currency") ?? checkout.LooseCurrency("presentment_currency");
        Money? total = currency is not null && checkout.Silently().OptionalRounded("total_price") is { } amount ? new Money(amount, currency) : null;
        if (checkout.Has("line_items")) found.Add($"{version}/contents", new ChangeCart(id, Lines(checkout), total, null, reported), reported);
        found.Add($"{version}/step", new ReachCheckoutStep(id, StepOf(visit), visit, reported), reported, contact);
    }

    /// <summary>What was ticked in it, once: it is ticked still in every later webhook, and a refusal since must hold. Not ticked is not refused.</summary>
    private static void Permitted(Fields checkout, string token, Reported reported, Findings found)
    {
        var told = checkout.Silently();
        var person = told.OptionalObject("customer");
        var customers = found.Customers(person?.LooseId("id"), EmailOf(told, person));
        if (told.Flag("buyer_accepts_marketing"))
            foreach (var customer in customers)
                found.Add($"checkouts/{token}/consent/{customer.Value}", ShopifyConsent.Said(customer, true, "shopify checkout", reported), reported);
        if (person is { } known)
            ShopifyConsent.Read(known, customers, found.Time(known, "updated_at") ?? found.Time(told, "created_at") ?? reported.OccurredAt, found);
    }

    private static string? EmailOf(Fields checkout, Fields? customer) => checkout.LooseEmail("email") ?? customer?.LooseEmail("email");

    /// <summary>Without what a shop's mails put behind it.</summary>
    public static string? TokenOf(Fields fields, string name) => fields.Loose(name, 200)?.Split('?')[0] is { Length: > 0 and <= Fields.LongestId } token ? token : null;

    /// <summary>How far it has come, by what was given; as the steps are called where a shop says nothing else.</summary>
    private static string StepOf(CartVisit? visit) => visit?.Given switch
    {
        { } given when given.Contains("shipping_method") => "payment",
        { } given when given.Contains("email") => "shipping",
        _ => "contact",
    };

    /// <summary>A cart has one currency, wherever it says it. Where it doesn't, the prices stand without one.</summary>
    private static OrderLine[] Lines(Fields cart)
    {
        var whole = cart.LooseCurrency("currency");
        var lines = cart.FirstOf("line_items", OrderPlacedEvent.MostLines, line => (
            Title: line.Silently().Loose("title", 500) ?? "-", Quantity: QuantityOf(line), Price: line.Silently().OptionalRounded("price") ?? 0,
            Currency: whole ?? CurrencyOf(line), Sku: line.Silently().Loose("sku", 100)));
        var other = lines.Select(line => line.Currency).FirstOrDefault(currency => currency is not null) ?? cart.LooseCurrency("presentment_currency") ?? "";
        return
        [
            .. lines.Where(line => line.Quantity > 0)
                .Select(line => new OrderLine(line.Title, line.Quantity, new Money(line.Price, line.Currency ?? other), line.Sku)),
        ];
    }

    /// <summary>
    /// The way back, made of what is in it: the address that Shopify tells opens the checkout, with all that was filled in, for whoever has it, so nobody is
    /// told of it. Where not even one thing can be said so, or too many, the cart that the reader's own device has.
    /// </summary>
    private static Uri? UrlOf(Fields cart, Findings found)
    {
        var lines = cart.Silently().FirstOf(
            "line_items", OrderPlacedEvent.MostLines, line => (Variant: line.Loose("variant_id", 20), Quantity: QuantityOf(line)));
        var items = lines.Where(line => line.Quantity > 0).ToArray();
        if (found.ShopHost is not { } shop || items.Length == 0) return null;
        var whole = string.Join(',', items.Where(item => IsNumber(item.Variant)).Select(item => $"{item.Variant}:{item.Quantity}"));
        return new Uri(whole.Length is 0 or > LongestPermalink ? $"https://{shop}/cart" : $"https://{shop}/cart/{whole}");
    }

    /// <summary>What is left of a line that was taken out is nothing; a number beyond all reason is cut, and what is no number is no line.</summary>
    private static int QuantityOf(Fields line) =>
        line.TryGet("quantity", out var told) && told.ValueKind == JsonValueKind.Number && told.TryGetDecimal(out var quantity)
            ? (int)Math.Clamp(quantity, 0, Fields.HighestQuantity)
            : line.LooseQuantity("quantity");

    private static bool IsNumber(string? text) => text is not null and not "0" && text.All(char.IsAsciiDigit);

    private static string? CurrencyOf(Fields line)
    {
        var told = line.Silently();
        var sets = PriceSets.Select(set => told.OptionalObject(set)).OfType<Fields>().ToArray();
        return InSets("shop_money") ?? InSets("presentment_money");

        string? InSets(string money) => sets.Select(set => set.OptionalObject(money)?.LooseCurrency("currency_code")).FirstOrDefault(code => code is not null);
    }

    private static (CartVisit? Visit, ContactFound? Contact) Visit(Fields checkout, Findings found)
    {
        var customer = checkout.OptionalObject("customer");
        var shipping = checkout.OptionalObject("shipping_address");
        var billing = checkout.OptionalObject("billing_address");
        var email = EmailOf(checkout, customer);
        Fields?[] people = [customer, billing, shipping];
        var name = people.Select(person => person is { } p ? VendorFields.Name(p) : null).FirstOrDefault(n => n is not null);
        var phone = checkout.Loose("phone", 50) ?? people.Select(person => person?.Loose("phone", 50)).FirstOrDefault(p => p is not null);
        var address = (shipping ?? billing) is { } there ? VendorFields.Address(there, "zip", "country_code") : null;
        var language = checkout.LooseLanguage("customer_locale");
        var id = found.Customer(customer?.LooseId("id"), email);
        var contact = id is { } known ? VendorFields.Contact(known, name, email, phone, address, language) : null;

        var hasMethod = checkout.OptionalList("shipping_lines", OrderPlacedEvent.MostLines, line => line.Loose("title", 100)).Length > 0;
        string[] given =
        [
            .. CartFields.GivenBy(new ContactDetails(name, email, phone, address)).Concat(hasMethod ? ["shipping_method"] : []).Order(StringComparer.Ordinal),
        ];
        var visit = new CartVisit(id, language, UrlOf(checkout, found), given.Length == 0 ? null : given);
        return (visit == new CartVisit() ? null : visit, contact);
    }
}
