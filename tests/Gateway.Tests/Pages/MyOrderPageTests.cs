using System.Diagnostics;
using System.Net;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Engagement.Contracts;
using Engagement.Gateway.Pages;
using Engagement.Gateway.Pages.Orders;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Gateway.Tests.Pages;

public sealed class MyOrderPageTests(PostgresFixture postgres)
{
    private const string Shipped = """
        {"customer":"c-1","status":"Shipped",
         "placed":{"total":{"amount":1059.9,"currency":"EUR"},"promisedOn":"2026-01-20","reported":{"occurredAt":"2026-01-12T23:30:00Z"},
           "lines":[{"title":"Tazza <Mare> & co","quantity":2,"price":{"amount":29.95,"currency":"EUR"}}]},
         "paid":{"reported":{"occurredAt":"2026-01-13T08:00:00Z"}},
         "parcels":[{"carrier":"Poste","trackingNumber":"ZA \"17\"","trackingUrl":"https://track.example/?q=ZA%2017&l=it","reported":{"occurredAt":"2026-01-14T08:00:00Z"}},
                    {"carrier":"Altro","trackingUrl":"javascript:alert(1)","reported":{"occurredAt":"2026-01-14T09:00:00Z"}}]}
        """;

    [Fact]
    public async Task The_customer_sees_state_timeline_and_contents_in_her_language_zone_and_money()
    {
        await using var gateway = await Open(Shipped, reader: """{"language":"it","zone":"Europe/Rome","shopName":"Bottega & Figli","shopLanguage":"en","shopZone":"UTC"}""");

        var page = await Show(gateway, acceptLanguage: "en");

        page.QuerySelector("html")!.GetAttribute("lang").ShouldBe("it");
        page.Title.ShouldBe("Il tuo ordine A/17 ü · Bottega & Figli");
        page.QuerySelector("h1")!.TextContent.ShouldBe("Il tuo ordine A/17 ü");
        page.QuerySelector("header")!.TextContent.Trim().ShouldBe("Bottega & Figli");
        page.QuerySelector(".state")!.TextContent.ShouldBe("Il tuo pacco è in viaggio.");
        page.QuerySelectorAll(".timeline li").Select(step => step.TextContent).ShouldBe(
        [
            "martedì 13 gennaio 2026Ordine ricevuto", "martedì 13 gennaio 2026Pagamento ricevuto",
            "mercoledì 14 gennaio 2026Pacco spedito: Poste ZA \"17\"", "mercoledì 14 gennaio 2026Pacco spedito: Altro",
        ]);
        page.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")).ShouldBe(["https://track.example/?q=ZA%2017&l=it"]);   // and no javascript:
        page.QuerySelectorAll("tbody td").Select(cell => cell.TextContent.Replace('\u00a0', ' ')).ShouldBe(["2 × Tazza <Mare> & co", "59,90 €"]);
        page.QuerySelector("tfoot")!.TextContent.Replace('\u00a0', ' ').ShouldBe("Totale1.059,90 €");
        page.Body!.TextContent.ShouldContain("entro martedì 20 gennaio 2026.");
    }

    [Theory]
    [InlineData(null, "en-GB,it;q=0.5", "en", "Your order A/17 ü")]
    [InlineData(null, "de,en;q=0.1", "en", "Your order A/17 ü")]
    [InlineData(null, "de, en;q=0", "it", "Il tuo ordine A/17 ü")]
    [InlineData("fr", null, "it", "Il tuo ordine A/17 ü")]
    [InlineData("en-US", "it", "en", "Your order A/17 ü")]
    [InlineData(null, "garbage;;;q=", "it", "Il tuo ordine A/17 ü")]
    public async Task Without_a_language_of_hers_it_is_the_browser_s_else_the_shop_s(string? customers, string? browsers, string language, string title)
    {
        var known = customers is null ? "null" : $"\"{customers}\"";
        await using var gateway = await Open(Shipped, $$"""{"language":{{known}},"zone":null,"shopName":"Demo","shopLanguage":"it","shopZone":"Europe/Rome"}""");

        var page = await Show(gateway, acceptLanguage: browsers);

        page.QuerySelector("html")!.GetAttribute("lang").ShouldBe(language);
        page.QuerySelector("h1")!.TextContent.ShouldBe(title);
    }

    [Fact]
    public async Task The_order_is_called_by_the_number_that_its_customer_knows()
    {
        await using var gateway = await Open(Shipped.Replace("\"placed\":{", "\"placed\":{\"number\":\"#1042\",", StringComparison.Ordinal));

        (await Show(gateway, acceptLanguage: "en")).QuerySelector("h1")!.TextContent.ShouldEndWith(" #1042");
    }

    [Fact]
    public async Task The_page_is_usable_by_keyboard_and_by_ear_and_brings_nothing_of_others()
    {
        await using var gateway = await Open(Shipped);

        var page = await Show(gateway);

        page.QuerySelectorAll("h1").Length.ShouldBe(1);
        page.QuerySelectorAll("h1, h2").Select(heading => heading.LocalName).ShouldBe(["h1", "h2", "h2"]);
        page.QuerySelectorAll("main").Length.ShouldBe(1);
        page.Body!.FirstElementChild!.ShouldSatisfyAllConditions(
            skip => skip.GetAttribute("href").ShouldBe("#content"),
            skip => page.GetElementById("content")!.LocalName.ShouldBe("main"));
        page.QuerySelector("meta[name=viewport]").ShouldNotBeNull();
        page.QuerySelectorAll("th").ShouldAllBe(header => header.HasAttribute("scope"));
        page.QuerySelectorAll("script, iframe, img, form, [style], style, [onclick]").ShouldBeEmpty();
        page.QuerySelectorAll("link").Select(link => link.GetAttribute("href")!).ShouldHaveSingleItem().ShouldStartWith("/p/style.css?");
        page.QuerySelectorAll("[id]").Select(element => element.Id).Distinct().Count().ShouldBe(page.QuerySelectorAll("[id]").Length);
        using var style = await gateway.Client.GetAsync(new Uri(page.QuerySelector("link")!.GetAttribute("href")!, UriKind.Relative));
        (style.StatusCode, style.Content.Headers.ContentType!.MediaType).ShouldBe((HttpStatusCode.OK, "text/css"));
    }

    [Fact]
    public async Task Whatever_it_answers_the_browser_is_told_to_keep_it_to_itself()
    {
        await using var gateway = await Open(Shipped);
        foreach (var path in new[] { Path(gateway), "/p/nothing" })
        {
            using var answer = await gateway.Client.GetAsync(new Uri(path, UriKind.Relative));
            string Header(string name) => string.Join(',', answer.Headers.GetValues(name));
            Header("Content-Security-Policy").ShouldBe("default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
            Header("Referrer-Policy").ShouldBe("no-referrer");
            Header("X-Content-Type-Options").ShouldBe("nosniff");
            Header("Cache-Control").ShouldBe("no-store");
            answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Looking_by_HEAD_is_as_harmless_as_by_GET_and_nothing_else_is_taken()
    {
        await using var gateway = await Open(Shipped);
        await gateway.KeepEveryRow();

        using var head = await gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path(gateway)));
        (head.StatusCode, (await head.Content.ReadAsByteArrayAsync()).Length).ShouldBe((HttpStatusCode.OK, 0));
        await Show(gateway);
        using var post = await gateway.Client.PostAsync(new Uri(Path(gateway), UriKind.Relative), null);
        post.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await gateway.Scalar<long>("select count(*) from written")).ShouldBe(0);
    }

    [Fact]
    public async Task A_link_that_is_none_is_for_something_else_or_is_over_gets_one_page_that_tells_nothing()
    {
        await using var gateway = await Open(Shipped);
        var links = gateway.Services.GetRequiredService<PageLinks>();
        var good = Link(gateway);
        var (over, elsewhere, unknown) = (good with { ExpiresAt = gateway.Clock.GetUtcNow() }, good with { Purpose = "unsubscribe" },
            good with { Subject = "unknown" });
        (string Token, HttpStatusCode Status)[] bad =
        [
            ("nothing", HttpStatusCode.NotFound), (links.TokenOf(good)[..^2] + "AA", HttpStatusCode.NotFound), (links.TokenOf(over), HttpStatusCode.Gone),
            (links.TokenOf(elsewhere), HttpStatusCode.NotFound), (links.TokenOf(unknown), HttpStatusCode.NotFound),
            (new PageLinks("somebody else's own key", null, null).TokenOf(good), HttpStatusCode.NotFound),
        ];

        List<string> pages = [];
        foreach (var (token, status) in bad)
        {
            using var answer = await gateway.Client.GetAsync(new Uri($"/p/{token}", UriKind.Relative));
            answer.StatusCode.ShouldBe(status);
            pages.Add(await answer.Content.ReadAsStringAsync());
        }

        pages.Distinct().ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            page => page.ShouldContain("Questa pagina non c&#x27;è"),
            page => page.ShouldNotContain("demo", Case.Insensitive),
            page => page.ShouldNotContain("A/17"));
    }

    [Fact]
    public async Task While_an_owner_is_away_the_customer_is_asked_to_come_back()
    {
        await using var gateway = await Owners.Open(postgres, _ => throw new HttpRequestException("away"));

        using var answer = await gateway.Client.GetAsync(new Uri(Path(gateway), UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("Riprova tra poco.");
    }

    [Fact]
    public async Task The_token_stays_out_of_traces_and_logs()
    {
        await using var gateway = await Open(Shipped);
        using var spans = new Spans();
        var token = Path(gateway)["/p/".Length..];

        var trace = ActivityTraceId.CreateRandom();   // other tests show pages beside this one
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(gateway));
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");

        (await gateway.Client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);

        bool IsRequest(Activity span) => span.Kind == ActivityKind.Server && span.GetTagItem("url.path") as string == "/p/{token}";
        await gateway.Until(() => Task.FromResult(spans.Of(trace).Any(IsRequest)), "the request's span ends, and says no more than the route");
        spans.Of(trace).ShouldAllBe(span => !span.TagObjects.Any(tag => $"{tag.Value}".Contains(token, StringComparison.Ordinal)));
        gateway.Logs.Warnings.ShouldNotContain(line => line.Contains(token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Placed", "waiting for the payment", true)]
    [InlineData("PaymentFailed", "waiting for the payment", true)]
    [InlineData("Unknown", "waiting for the payment", true)]
    [InlineData("Paid", "preparing your parcel", true)]
    [InlineData("Shipped", "on its way", true)]
    [InlineData("Delivered", "was delivered", false)]
    [InlineData("Cancelled", "was cancelled", false)]
    public void Each_state_is_said_and_a_day_is_promised_only_while_it_can_be_kept(string status, string said, bool promises)
    {
        var reported = new Reported(Spec.Noon, Spec.Noon);
        var order = new OrderSeen("c-1", status, new(new Money(5, "EUR"), [], new DateOnly(2026, 1, 20), reported), null, [], null, null);
        var reader = new Reader("en-GB", null, "Demo", "it", "Europe/Rome");

        MyOrderPage.Show("1", order, reader, "en", Spec.Noon).Body.ToString().ShouldContain(said);
        MyOrderPage.Show("1", order, reader, "en", Spec.Noon).Body.ToString().Contains("Tuesday 20 January 2026", StringComparison.Ordinal).ShouldBe(promises);
        MyOrderPage.Show("1", order, reader, "en", Spec.Noon.AddDays(9)).Body.ToString().ShouldNotContain("20 January 2026");
    }

    [Fact]
    public async Task The_day_that_a_carrier_promised_counts_for_more_than_the_order_s_own()
    {
        await using var gateway = await Open(Shipped.Replace("{\"customer\"", "{\"promisedOn\":\"2026-01-22\",\"customer\"", StringComparison.Ordinal));

        (await Show(gateway)).Body!.TextContent.ShouldContain("entro giovedì 22 gennaio 2026.");
    }

    private Task<ServiceHost> Open(
        string order, string reader = """{"language":"it","zone":null,"shopName":"Demo","shopLanguage":"it","shopZone":"Europe/Rome"}""") =>
        Owners.Open(postgres, request =>
        {
            request.Headers.GetValues(Tenancy.Header).ShouldBe(["demo"]);
            var json = request.RequestUri!.PathAndQuery switch
            {
                "/v1/orders/A%2F17%20%C3%BC" => order,
                "/v1/readers?customer=c-1" => reader,
                _ => null,
            };
            return json is null
                ? new HttpResponseMessage(HttpStatusCode.NotFound)
                : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        });

    private static PageLink Link(ServiceHost gateway) => new(PagePurposes.Order, "demo", "A/17 ü", gateway.Clock.GetUtcNow().AddDays(180));

    private static string Path(ServiceHost gateway) => $"/p/{gateway.Services.GetRequiredService<PageLinks>().TokenOf(Link(gateway))}";

    private static async Task<IDocument> Show(ServiceHost gateway, string? acceptLanguage = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(gateway));
        if (acceptLanguage is not null) request.Headers.TryAddWithoutValidation("Accept-Language", acceptLanguage);
        using var answer = await gateway.Client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var parser = new HtmlParser(new HtmlParserOptions { IsStrictMode = true });
        return await parser.ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
    }
}
