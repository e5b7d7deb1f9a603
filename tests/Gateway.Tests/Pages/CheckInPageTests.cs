using System.Net;
using System.Text;
using AngleSharp.Html.Parser;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Gateway.Tests.Pages;

public sealed class CheckInPageTests(PostgresFixture postgres)
{
    private const string Order = """{"customer":"c-1","status":"Delivered","parcels":[]}""";
    private const string Reader = """{"language":"it","zone":null,"shopName":"Bottega","shopLanguage":"it","shopZone":"Europe/Rome"}""";

    private static readonly CustomerId Giulia = new("c-1");

    [Fact]
    public async Task Looking_shows_two_buttons_and_room_for_words_and_changes_nothing()
    {
        await using var gateway = await Open();

        using var answer = await gateway.Client.GetAsync(new Uri(Path(gateway), UriKind.Relative));
        using var head = await gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path(gateway)));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var page = await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
        page.QuerySelectorAll("button").Select(button => button.TextContent).ShouldBe(["È arrivato, e va bene", "Qualcosa non va"]);
        page.QuerySelector("textarea")!.GetAttribute("name").ShouldBe("words");
        (await gateway.SentTo("orders")).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_click_answers_and_what_was_written_goes_sealed_to_Orders()
    {
        await using var gateway = await Open();
        await gateway.KeepEveryRow();

        (await Post(gateway, ("answer", "happy"))).ShouldContain("Grazie, ci fa piacere");
        (await Post(gateway, ("answer", "unhappy"), ("words", " La tazza è rotta,\r\nvia Garibaldi 7. "))).ShouldContain("Grazie di avercelo detto");

        var told = (await gateway.SentTo("orders")).Select(queued => (AnswerCheckIn)queued.Message).ToArray();
        told.Select(answer => (answer.Order.Value, answer.CustomerId.Value, answer.Answer)).ShouldBe(
            [("A/17", "c-1", CheckInAnswer.Happy), ("A/17", "c-1", CheckInAnswer.Unhappy)]);
        told[0].Words.ShouldBeNull();
        var vault = gateway.Services.GetRequiredService<Vault>();
        (await vault.OpenAsync<PersonalWords>(ServiceHost.Tenant, Giulia, told[1].Words!.Value))!.Text.ShouldBe("La tazza è rotta,\nvia Garibaldi 7.");
        (await gateway.Dump()).ShouldNotContain("Garibaldi");
    }

    [Fact]
    public async Task What_is_no_answer_is_asked_again_and_a_link_that_is_over_is_gone()
    {
        await using var gateway = await Open();

        foreach (var (answer, words) in new[] { ("perhaps", ""), ("", "ciao"), ("happy", new string('x', 4001)) })
            (await Status(gateway, Path(gateway), answer, words)).ShouldBe(HttpStatusCode.BadRequest);
        (await Status(gateway, Path(gateway, until: TimeSpan.Zero), "happy", "")).ShouldBe(HttpStatusCode.Gone);
        (await Status(gateway, Path(gateway, "away"), "happy", "")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Status(gateway, Path(gateway, "unknown"), "happy", "")).ShouldBe(HttpStatusCode.NotFound);
        (await gateway.SentTo("orders")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_was_erased_is_asked_nothing_and_what_is_written_gets_no_key_anew()
    {
        await using var gateway = await Open();
        var vault = gateway.Services.GetRequiredService<Vault>();
        await vault.EraseAsync(ServiceHost.Tenant, Giulia);

        using var asked = await gateway.Client.GetAsync(new Uri(Path(gateway), UriKind.Relative));
        asked.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Status(gateway, Path(gateway), "unhappy", "La tazza è rotta.")).ShouldBe(HttpStatusCode.NotFound);
        (await vault.KnowsAsync(ServiceHost.Tenant, Giulia)).ShouldBeFalse();
        (await gateway.SentTo("orders")).ShouldBeEmpty();
    }

    private static async Task<string> Post(ServiceHost gateway, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await gateway.Client.PostAsync(new Uri(Path(gateway), UriKind.Relative), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<HttpStatusCode> Status(ServiceHost gateway, string path, string answer, string words)
    {
        using var form = new FormUrlEncodedContent([new("answer", answer), new("words", words)]);
        using var response = await gateway.Client.PostAsync(new Uri(path, UriKind.Relative), form);
        return response.StatusCode;
    }

    private static string Path(ServiceHost gateway, string order = "A/17", TimeSpan? until = null)
    {
        var link = new PageLink(PagePurposes.CheckIn, ServiceHost.Tenant, order, gateway.Clock.GetUtcNow() + (until ?? TimeSpan.FromDays(1)));
        return $"/p/{gateway.Services.GetRequiredService<PageLinks>().TokenOf(link)}";
    }

    private async Task<ServiceHost> Open()
    {
        string[] owners = ["orders", "messaging"];
        var gateway = await ServiceHost.Open<Program>(
            postgres, GatewayService.Model,
            services =>
            {
                foreach (var owner in owners) services.AddHttpClient(owner).ConfigurePrimaryHttpMessageHandler(() => new Owner());
            },
            settings: owners.Select(owner => ($"services:{owner}:http:0", $"http://{owner}.test")));
        await gateway.Services.GetRequiredService<Vault>().SealAsync(ServiceHost.Tenant, Giulia, new ContactDetails("Giulia", "giulia@posta.example"));
        return gateway;
    }

    private sealed class Owner : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => request.RequestUri!.PathAndQuery switch
        {
            "/v1/orders/A%2F17" => Json(Order),
            "/v1/readers?customer=c-1" => Json(Reader),
            "/v1/orders/away" => throw new HttpRequestException("away"),
            _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound)),
        };

        private static Task<HttpResponseMessage> Json(string body) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
    }
}
