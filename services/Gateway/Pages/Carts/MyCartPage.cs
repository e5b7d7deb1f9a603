using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Pages.Carts;

/// <summary>A cart as Carts tells it, as far as its customer is shown it.</summary>
internal sealed record CartShown(
    string State, string? Customer, string? Language, Uri? Url, IReadOnlyList<OrderLine> Lines, Money? Total, IReadOnlyList<CartShown.TimeLeft>? Abandonments = null,
    bool? IsReaders = null)
{
    /// <summary>Whether it is still of the customer whom the link was made for: on a shared device it may have become somebody else's.</summary>
    public bool IsTheirs => IsReaders ?? Abandonments?.All(left => left.Customer is null || left.Customer == Customer) == true;   // such a link was made for one of these

    internal sealed record TimeLeft(string? Customer);
}

/// <summary>My cart: what is in it, and the way back into it, on any device.</summary>
internal sealed class MyCartPage(IHttpClientFactory clients)
{
    public async Task<Page> ShowAsync(PageLink link, HttpContext context, CancellationToken ct)
    {
        var whose = CartSubject.Parse(link.Subject);
        try
        {
            var asReader = whose.Customer is { } customer ? $"?reader={Uri.EscapeDataString(customer)}" : "";
            if (await clients.AskAsync<CartShown>("carts", $"/v1/carts/{Uri.EscapeDataString(whose.Cart)}{asReader}", link.Tenant, ct) is not { } cart)
                return CustomerPages.NoSuchPage(context, StatusCodes.Status404NotFound);
            var reader = await clients.ReaderOfAsync(link.Tenant, cart.IsTheirs ? cart.Customer : whose.Customer?.Value, ct);
            return cart.IsTheirs
                ? Show(cart, reader, CustomerPages.LanguageOf(context, reader.Language ?? cart.Language, reader.ShopLanguage))
                : MovedOn(reader, CustomerPages.LanguageOf(context, reader.Language, reader.ShopLanguage));
        }
        catch (Exception e) when (Asking.IsAway(e, ct))
        {
            return CustomerPages.TryAgain(context);
        }
    }

    /// <summary>Nothing of what is in it.</summary>
    private static Page MovedOn(Reader reader, string language)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        return new(
            language, Say("Il tuo carrello", "Your cart"),
            Html.Of($"<p class=\"state\">{Say("Questo carrello nel frattempo è andato avanti.", "This cart has moved on in the meantime.")}</p>\n"), reader.ShopName);
    }

    internal static Page Show(CartShown cart, Reader reader, string language)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        var formats = Formats.For(language, reader.Language);
        var state = cart.State switch
        {
            "Bought" => Say("Quello che c'era qui è già diventato un ordine: grazie!", "What was in here has become an order already: thank you!"),
            "Merged" => Say("Questo carrello continua in un altro.", "This cart goes on in another."),
            "Replaced" => Say("Nel frattempo c'è un carrello o un ordine più recente.", "There is a newer cart, or an order, by now."),
            _ when cart.Lines.Count == 0 => Say("Il tuo carrello è vuoto.", "Your cart is empty."),
            _ => Say("Abbiamo tenuto da parte quello che avevi scelto.", "We have kept what you had chosen."),
        };
        var wayBack = cart switch
        {
            { State: "Bought" } => Html.Empty,
            { Url: { IsAbsoluteUri: true, Scheme: "https" } url } => Html.Of(
                $"<p><a class=\"button\" href=\"{url.AbsoluteUri}\" rel=\"noreferrer noopener\">{Say("Riprendi da dove eri", "Pick up where you were")}</a></p>\n"),
            _ => Html.Of($"<p>{Say("Lo ritrovi nel negozio.", "You will find it in the shop.")}</p>\n"),
        };
        return new(
            language, Say("Il tuo carrello", "Your cart"),
            Html.Of($"<p class=\"state\">{state}</p>\n{(cart.State == "Bought" ? Html.Empty : Contents(cart, formats, language))}{wayBack}"), reader.ShopName);
    }

    private static Html Contents(CartShown cart, Formats formats, string language)
    {
        if (cart.Lines.Count == 0) return Html.Empty;
        string Say(string italian, string english) => new Text(italian, english).In(language);
        string PriceOf(OrderLine line) => formats.Money(line.Price with { Amount = line.Price.Amount * line.Quantity });
        var total = cart.Total is not { } money ? Html.Empty
            : Html.Of($"<tfoot><tr><th scope=\"row\">{Say("Totale", "Total")}</th><td>{formats.Money(money)}</td></tr></tfoot>\n");
        return Html.Of(
            $"""
            <table>
            <thead><tr><th scope="col">{Say("Articolo", "Item")}</th><th scope="col">{Say("Prezzo", "Price")}</th></tr></thead>
            <tbody>
            {Html.Join(cart.Lines.Select(line => Html.Of(
                $"<tr><td>{line.Quantity} × {line.Title}</td><td>{PriceOf(line)}</td></tr>\n")))}</tbody>
            {total}</table>

            """);
    }
}
