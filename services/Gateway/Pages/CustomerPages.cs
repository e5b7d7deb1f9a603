using Engagement.Gateway.Pages.Messaging;
using Engagement.Gateway.Pages.Orders;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Engagement.Gateway.Pages;

/// <summary>
/// <c>/p/{token}</c>: what a customer's link shows. Looking changes nothing, since mail scanners look at every link. A link that is none, is not for this
/// page or is over gets one and the same page. What a customer asks for on a page comes as a form: who has the link may, so there is nothing to forge.
/// </summary>
internal static class CustomerPages
{
    private static readonly string[] Looking = [HttpMethods.Get, HttpMethods.Head];

    private static readonly Text NotHere = new(
        "Forse il collegamento è incompleto o è scaduto. Apri di nuovo quello della mail che hai ricevuto, o rispondi a quella mail: ti legge una persona.",
        "Perhaps the link is incomplete, or its time is over. Open the one in your mail again, or just reply to that mail: a person reads it.");

    private static readonly Text NotNow = new(
        "Ora non riusciamo a mostrarti questa pagina. Riprova tra poco.", "We can't show you this page just now. Please try again shortly.");

    public static void MapCustomerPages(this WebApplication app)
    {
        app.MapMethods("/p/style.css", Looking, PageLayout.StyleSheet).ExcludeFromDescription();
        app.MapMethods("/p/{token}", [.. Looking, HttpMethods.Post], Show).ExcludeFromDescription();
    }

    private static async Task Show(
        string token, HttpContext context, PageLinks links, MyOrderPage order, PreferencesPage preferences, CheckInPage checkIn, TimeProvider clock, CancellationToken ct)
    {
        // Who has the token has the page: it stays out of the traces.
        context.Features.Get<IHttpActivityFeature>()?.Activity.SetTag("url.path", "/p/{token}");
        PageLayout.Secure(context.Response);
        var link = links.Open(token);
        var posts = HttpMethods.IsPost(context.Request.Method);
        var page = link switch
        {
            null => NoSuchPage(context, StatusCodes.Status404NotFound),
            { Purpose: PagePurposes.Preferences } when posts => await preferences.ChangeAsync(link, context, ct),   // a way out has no end
            _ when link.ExpiresAt <= clock.GetUtcNow() => NoSuchPage(context, StatusCodes.Status410Gone),
            { Purpose: PagePurposes.Preferences } => await preferences.ShowAsync(link, context, ct),
            { Purpose: PagePurposes.CheckIn } => posts ? await checkIn.AnswerAsync(link, context, ct) : await checkIn.ShowAsync(link, context, ct),
            _ when posts => NoSuchPage(context, StatusCodes.Status405MethodNotAllowed),
            { Purpose: PagePurposes.Order } => await order.ShowAsync(link, context, ct),
            _ => NoSuchPage(context, StatusCodes.Status404NotFound),
        };
        GatewayMetrics.Shown(link, page.Status);
        await PageLayout.WriteAsync(context, page);
    }

    public static Page NoSuchPage(HttpContext context, int status)
    {
        var language = LanguageOf(context);
        return new(language, new Text("Questa pagina non c'è", "This page isn't here").In(language), Html.Of($"<p>{NotHere.In(language)}</p>"), Status: status);
    }

    public static Page TryAgain(HttpContext context)
    {
        var language = LanguageOf(context);
        context.Response.Headers.RetryAfter = "30";
        return new(
            language, new Text("Un momento, per favore", "One moment, please").In(language), Html.Of($"<p>{NotNow.In(language)}</p>"),
            Status: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>The customer's own language, else the browser's, else the shop's, Italian.</summary>
    public static string LanguageOf(HttpContext context, string? customers = null, string? shops = null) =>
        new[] { customers }.Concat(Accepted(context)).Select(Languages.Primary)
            .FirstOrDefault(language => language is not null && Languages.BuiltIn.Contains(language))
        ?? Languages.Choose(null, shops, Languages.BuiltIn);

    private static IEnumerable<string?> Accepted(HttpContext context) =>
        StringWithQualityHeaderValue.TryParseList(context.Request.Headers.AcceptLanguage, out var accepted)
            ? accepted.Where(language => language.Quality is not 0).OrderByDescending(language => language.Quality ?? 1)
                .Select(language => language.Value.Value)
            : [];
}
