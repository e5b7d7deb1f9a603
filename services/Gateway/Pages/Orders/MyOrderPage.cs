using System.Globalization;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Pages.Orders;

/// <summary>An order as Orders tells it, as far as its customer is shown it.</summary>
internal sealed record OrderSeen(
    string? Customer, string Status, OrderPlacedSeen? Placed, OrderPaidSeen? Paid, IReadOnlyList<ParcelSeen> Parcels, FactSeen? Delivered, FactSeen? Cancelled,
    DateOnly? PromisedOn = null);

internal record FactSeen(Reported Reported);

internal sealed record OrderPlacedSeen(Money Total, IReadOnlyList<OrderLine> Lines, DateOnly? PromisedOn, Reported Reported, string? Number = null)
    : FactSeen(Reported);

internal sealed record OrderPaidSeen(Money? Amount, Reported Reported) : FactSeen(Reported);

internal sealed record ParcelSeen(string? Carrier, string? TrackingNumber, Uri? TrackingUrl, Reported Reported) : FactSeen(Reported);

/// <summary>My order: where it is, what happened to it, what is in it.</summary>
internal sealed class MyOrderPage(IHttpClientFactory clients, TimeProvider clock)
{
    public async Task<Page> ShowAsync(PageLink link, HttpContext context, CancellationToken ct)
    {
        try
        {
            if (await clients.AskAsync<OrderSeen>("orders", $"/v1/orders/{Uri.EscapeDataString(link.Subject)}", link.Tenant, ct) is not { } order)
                return CustomerPages.NoSuchPage(context, StatusCodes.Status404NotFound);
            var reader = await clients.ReaderOfAsync(link.Tenant, order.Customer, ct);
            return Show(link.Subject, order, reader, CustomerPages.LanguageOf(context, reader.Language, reader.ShopLanguage), clock.GetUtcNow());
        }
        catch (Exception e) when (Asking.IsAway(e, ct))
        {
            return CustomerPages.TryAgain(context);
        }
    }

    internal static Page Show(string id, OrderSeen order, Reader reader, string language, DateTimeOffset now)
    {
        var formats = Formats.For(language, reader.Language);
        string DayOf(FactSeen fact) => formats.LongDate(Formats.DayOf(fact.Reported.OccurredAt, reader.Zone, reader.ShopZone));
        string Say(string italian, string english) => new Text(italian, english).In(language);
        var called = order.Placed?.Number ?? id;   // as the mails call it

        string Iso(FactSeen fact) => fact.Reported.OccurredAt.ToString("O", CultureInfo.InvariantCulture);
        Html Step(FactSeen? fact, string what, Html? more = null) => fact is null ? Html.Empty : Html.Of(
            $"<li><time datetime=\"{Iso(fact)}\">{DayOf(fact)}</time>{what}{more ?? Html.Empty}</li>\n");

        var promised = (order.PromisedOn ?? order.Placed?.PromisedOn) is { } day && day >= Formats.DayOf(now, reader.Zone, reader.ShopZone)
            ? formats.LongDate(day) : null;
        var state = order.Status switch
        {
            "Cancelled" => Say("L'ordine è stato annullato.", "The order was cancelled."),
            "Refunded" => Say("L'ordine è stato rimborsato.", "The order was refunded."),
            "Returned" => Say("Il pacco è tornato da noi.", "The parcel is back with us."),
            "Delivered" => Say("L'ordine è stato consegnato.", "The order was delivered."),
            "Shipped" => Say("Il tuo pacco è in viaggio.", "Your parcel is on its way."),
            "Paid" => Say("Il pagamento è arrivato e stiamo preparando il tuo pacco.", "Your payment has arrived and we are preparing your parcel."),
            "PartlyPaid" => Say(
                "Abbiamo ricevuto una parte del pagamento e aspettiamo il resto.", "We have received a part of the payment and are waiting for the rest."),
            _ => Say("Abbiamo ricevuto il tuo ordine e aspettiamo il pagamento.", "We have received your order and are waiting for the payment."),
        };
        var expected = promised is null || order.Status is "Cancelled" or "Delivered" or "Refunded" or "Returned" ? Html.Empty
            : Html.Of($"<p>{Say("Contiamo di consegnartelo entro", "We expect it to reach you by")} <strong>{promised}</strong>.</p>\n");
        return new(
            language, Say($"Il tuo ordine {called}", $"Your order {called}"),
            Html.Of(
                $"""
                <p class="state"><strong>{state}</strong></p>
                {expected}<h2>{Say("Che cosa è successo", "What has happened")}</h2>
                <ol class="timeline">
                {Step(order.Placed, Say("Ordine ricevuto", "Order received"))}{Step(order.Paid, Say("Pagamento ricevuto", "Payment received"))}{
                    Html.Join(order.Parcels.Select(parcel => Step(parcel, Say("Pacco spedito", "Parcel sent"), Tracking(parcel))))}{
                    Step(order.Delivered, Say("Consegnato", "Delivered"))}{Step(order.Cancelled, Say("Annullato", "Cancelled"))}</ol>
                {Contents(order.Placed, formats, language)}
                """),
            reader.ShopName);
    }

    private static Html Tracking(ParcelSeen parcel)
    {
        var words = string.Join(' ', new[] { parcel.Carrier, parcel.TrackingNumber }.Where(word => !string.IsNullOrWhiteSpace(word)));
        if (words.Length == 0) return Html.Empty;
        return parcel.TrackingUrl is { IsAbsoluteUri: true, Scheme: "http" or "https" } url
            ? Html.Of($": <a href=\"{url.AbsoluteUri}\" rel=\"noreferrer noopener\">{words}</a>")
            : Html.Of($": {words}");
    }

    private static Html Contents(OrderPlacedSeen? placed, Formats formats, string language)
    {
        if (placed is not { Lines.Count: > 0 }) return Html.Empty;
        string Say(string italian, string english) => new Text(italian, english).In(language);
        string PriceOf(OrderLine line) => formats.Money(line.Price with { Amount = line.Price.Amount * line.Quantity });
        return Html.Of(
            $"""
            <h2>{Say("Che cosa hai ordinato", "What you ordered")}</h2>
            <table>
            <thead><tr><th scope="col">{Say("Articolo", "Item")}</th><th scope="col">{Say("Prezzo", "Price")}</th></tr></thead>
            <tbody>
            {Html.Join(placed.Lines.Select(line => Html.Of(
                $"<tr><td>{line.Quantity} × {line.Title}</td><td>{PriceOf(line)}</td></tr>\n")))}</tbody>
            <tfoot><tr><th scope="row">{Say("Totale", "Total")}</th><td>{formats.Money(placed.Total)}</td></tr></tfoot>
            </table>
            """);
    }
}
