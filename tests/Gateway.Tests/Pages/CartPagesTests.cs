using System.Net;
using System.Text;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Engagement.Contracts;
using Engagement.Gateway.Pages.Carts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Gateway.Tests.Pages;

public sealed class CartPagesTests(PostgresFixture postgres)
{
    private static readonly CartQuestionSubject Whose = new(new("abc"), 2, new("c-1"));
    private static readonly string[] Owners = ["carts", "messaging"];

    [Fact]
    public async Task My_cart_shows_what_is_in_it_and_leads_back_into_the_shop()
    {
        await using var gateway = await Open();

        var page = await Show(gateway, PagePurposes.Cart, Of("abc"));

        page.Title.ShouldBe("Il tuo carrello · Bottega & Figli");
        page.QuerySelectorAll("tbody tr").Select(row => row.TextContent).ShouldBe(["2 × Tazza <blu>29,90\u00a0€"]);
        page.QuerySelector("tfoot td")!.TextContent.ShouldBe("29,90\u00a0€");
        page.QuerySelector("a.button")!.GetAttribute("href").ShouldBe("https://shop.example/cart/abc");
        page.QuerySelectorAll("script, [onclick], [style], form").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bought", "Quello che c'era qui è già diventato un ordine: grazie!", false)]
    [InlineData("empty", "Il tuo carrello è vuoto.", true)]
    [InlineData("merged", "Questo carrello continua in un altro.", true)]
    [InlineData("insecure", "Abbiamo tenuto da parte quello che avevi scelto.", false)]
    public async Task A_cart_that_is_something_else_by_now_says_so(string cart, string state, bool leadsBack)
    {
        await using var gateway = await Open();
        var page = await Show(gateway, PagePurposes.Cart, Of(cart));
        page.QuerySelector(".state")!.TextContent.ShouldBe(state);
        (page.QuerySelector("a.button") is not null).ShouldBe(leadsBack);
    }

    [Theory]
    [InlineData("c-1\nabc", true)]
    [InlineData("c-2\nabc", false)]
    [InlineData("abc", true)]        // as links were made before: nobody else was written to of this cart
    [InlineData("shared", false)]
    [InlineData("c-1\nshared", false)]
    [InlineData("c-2\nshared", true)]
    public async Task A_link_shows_its_customer_s_cart_and_of_a_cart_that_is_somebody_else_s_by_now_nothing(string subject, bool shown)
    {
        await using var gateway = await Open();
        var page = await Show(gateway, PagePurposes.Cart, subject);
        page.QuerySelector(".state")!.TextContent.ShouldBe(
            shown ? "Abbiamo tenuto da parte quello che avevi scelto." : "Questo carrello nel frattempo è andato avanti.");
        page.Body!.TextContent.Contains("Tazza", StringComparison.Ordinal).ShouldBe(shown);
        (page.QuerySelector("a.button") is not null).ShouldBe(shown);
    }

    [Fact]
    public async Task A_cart_that_nobody_knows_is_not_found_and_where_its_owner_is_away_one_tries_again()
    {
        await using var gateway = await Open();
        (await Get(gateway, PagePurposes.Cart, "unheard-of")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Get(gateway, PagePurposes.Cart, "away")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Get(gateway, PagePurposes.CartQuestion, "nonsense")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Get(gateway, PagePurposes.Cart, Of("abc"), TimeSpan.Zero)).StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task Asking_why_shows_five_answers_and_looking_changes_nothing()
    {
        await using var gateway = await Open();
        await gateway.KeepEveryRow();

        var page = await Show(gateway, PagePurposes.CartQuestion, Whose.ToString());

        page.QuerySelectorAll("button").Select(button => button.TextContent).ShouldBe(
            ["Il prezzo", "Le spese di spedizione", "Guardavo soltanto", "C'è stato un problema", "Altro"]);
        page.QuerySelectorAll("script, [onclick], [style]").ShouldBeEmpty();
        (await gateway.Scalar<long>("select count(*) from written")).ShouldBe(0);
    }

    [Theory]
    [InlineData("Price", CartReason.Price)]
    [InlineData("Problem", CartReason.Problem)]
    public async Task One_click_tells_Carts_why(string why, CartReason reason)
    {
        await using var gateway = await Open();

        var answer = await Post(gateway, $"words=&why={why}");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.SentTo("carts")).Select(told => told.Message).ShouldBe(
            [new AnswerCartQuestion(Whose.Cart, 2, Whose.Customer, reason, null, gateway.Clock.GetUtcNow())]);
    }

    [Fact]
    public async Task What_the_customer_writes_leaves_sealed_with_the_customer_s_own_key()
    {
        await using var gateway = await Open();
        await gateway.KeepEveryRow();

        (await Post(gateway, $"why=Other&words={Uri.EscapeDataString("Mia nonna Adalgisa\r\ndice di no.")}")).StatusCode.ShouldBe(HttpStatusCode.OK);

        var told = (AnswerCartQuestion)(await gateway.SentTo("carts")).ShouldHaveSingleItem().Message;
        (await gateway.Services.GetRequiredService<Vault>().OpenAsync<PersonalWords>(ServiceHost.Tenant, Whose.Customer, told.Words!.Value))!.Text
            .ShouldBe("Mia nonna Adalgisa\ndice di no.");
        (await gateway.Dump()).ShouldNotContain("Adalgisa");
        gateway.Logs.All.ShouldAllBe(line => !line.Contains("Adalgisa", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("why=Boredom")]
    [InlineData("words=only")]
    [InlineData("why=0")]
    [InlineData("")]
    public async Task A_form_that_is_none_of_ours_changes_nothing_and_shows_the_page_again(string form)
    {
        await using var gateway = await Open();
        (await Post(gateway, form)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await Post(gateway, $"why=Other&words={new string('x', CartQuestionPage.MostWords + 1)}")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await gateway.SentTo("carts")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_nobody_can_say_the_language_the_answer_is_taken_all_the_same_and_the_cart_s_page_takes_none()
    {
        await using var gateway = await Open();
        var away = new CartQuestionSubject(new("abc"), 1, new("away"));
        (await Show(gateway, PagePurposes.CartQuestion, away.ToString())).QuerySelectorAll("button").Length.ShouldBe(5);
        (await Post(gateway, "why=Price", away)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.SentTo("carts")).Count.ShouldBe(1);
        using var body = new StringContent("why=Price", Encoding.UTF8, "application/x-www-form-urlencoded");
        (await gateway.Client.PostAsync(new Uri(Path(gateway, PagePurposes.Cart, "abc"), UriKind.Relative), body)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Who_was_erased_is_asked_nothing_and_answers_nothing_and_gets_no_new_key()
    {
        await using var gateway = await Open();
        var vault = gateway.Services.GetRequiredService<Vault>();
        await vault.EraseAsync(ServiceHost.Tenant, Whose.Customer);
        await gateway.KeepEveryRow();

        (await Get(gateway, PagePurposes.CartQuestion, Whose.ToString())).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Post(gateway, "why=Other&words=Adalgisa")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Post(gateway, "why=Price")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await gateway.SentTo("carts")).ShouldBeEmpty();
        (await gateway.Scalar<long>("select count(*) from written")).ShouldBe(0);
        (await vault.KnowsAsync(ServiceHost.Tenant, Whose.Customer)).ShouldBeFalse();
    }

    private static string Of(string cart) => new CartSubject(new(cart), Whose.Customer).ToString();

    /// <summary>Whoever is written to is known.</summary>
    private async Task<ServiceHost> Open()
    {
        var gateway = await ServiceHost.Open<Program>(
            postgres, GatewayService.Model,
            services =>
            {
                foreach (var owner in Owners) services.AddHttpClient(owner).ConfigurePrimaryHttpMessageHandler(() => new Owner());
            },
            settings: Owners.Select(owner => ($"services:{owner}:http:0", $"http://{owner}.test")));
        foreach (var customer in new[] { Whose.Customer, new("away") })
            await gateway.Services.GetRequiredService<Vault>().SealAsync(ServiceHost.Tenant, customer, new ContactDetails("Giulia", "giulia@posta.example"));
        return gateway;
    }

    private static string Path(ServiceHost gateway, string purpose, string subject, TimeSpan? until = null) =>
        $"/p/{gateway.Services.GetRequiredService<PageLinks>().TokenOf(
            new PageLink(purpose, ServiceHost.Tenant, subject, gateway.Clock.GetUtcNow() + (until ?? TimeSpan.FromDays(30))))}";

    private static Task<HttpResponseMessage> Get(ServiceHost gateway, string purpose, string subject, TimeSpan? until = null) =>
        gateway.Client.GetAsync(new Uri(Path(gateway, purpose, subject, until), UriKind.Relative));

    private static async Task<IHtmlDocument> Show(ServiceHost gateway, string purpose, string subject)
    {
        using var answer = await Get(gateway, purpose, subject);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> Post(ServiceHost gateway, string form, CartQuestionSubject? whose = null) => gateway.Client.PostAsync(
        new Uri(Path(gateway, PagePurposes.CartQuestion, (whose ?? Whose).ToString()), UriKind.Relative),
        new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));

    private sealed class Owner : HttpMessageHandler
    {
        private string? _reader;

        private const string Line = """{"title":"Tazza <blu>","quantity":2,"price":{"amount":14.95,"currency":"EUR"}}""";

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Asked(request.RequestUri!) switch
            {
                "/v1/carts/abc" => Cart("Abandoned", Line, "https://shop.example/cart/abc"),
                "/v1/carts/shared" => Cart("Abandoned", Line, "https://shop.example/cart/shared", "c-2"),
                "/v1/carts/bought" => Cart("Bought", "", "https://shop.example/cart/abc"),
                "/v1/carts/empty" => Cart("Empty", "", "https://shop.example/cart/abc"),
                "/v1/carts/insecure" => Cart("Open", Line, "javascript:alert(1)"),
                "/v1/carts/merged" => Cart("Merged", "", "https://shop.example/cart/old"),
                "/v1/carts/unheard-of" => new(HttpStatusCode.NotFound),
                "/v1/readers?customer=c-1" or "/v1/readers?customer=c-2" or "/v1/readers" => Json(
                    """{"language":"it","zone":null,"shopName":"Bottega & Figli","shopLanguage":"it","shopZone":"Europe/Rome"}"""),
                _ => throw new HttpRequestException("away"),
            });

        /// <summary>What is asked, without whom it is asked for.</summary>
        private string Asked(Uri url)
        {
            if (!url.AbsolutePath.StartsWith("/v1/carts/", StringComparison.Ordinal)) return url.PathAndQuery;
            _reader = url.Query.Length == 0 ? null : url.Query["?reader=".Length..];
            return url.AbsolutePath;
        }

        private string IsReaders(string customer) => _reader is null ? "null" : _reader == customer ? "true" : "false";

        /// <summary>Its first abandonment was c-1's.</summary>
        private HttpResponseMessage Cart(string state, string line, string url, string customer = "c-1") => Json(
            $$"""
            {"cart":"abc","state":"{{state}}","customer":"{{customer}}","abandonments":[{"customer":"c-1"},{"customer":null}],"url":"{{url}}","lines":[{{line}}],
             "isReaders":{{IsReaders(customer)}},
             "total":{{(line.Length == 0 ? "null" : """{"amount":29.9,"currency":"EUR"}""")}} }
            """);

        private static HttpResponseMessage Json(string json) =>
            new(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
    }
}
