using System.Net;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Engagement.Contracts;
using Engagement.Gateway.Pages.Messaging;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Gateway.Tests.Pages;

public sealed class PreferencesPageTests(PostgresFixture postgres)
{
    private const string OneClick = "List-Unsubscribe=One-Click";

    private static readonly CustomerId Giulia = new("c/1 ü");
    private static readonly MessageKey Reminder = new("cart-reminder/cart-abc");
    private static readonly PreferencesSubject Whose = new(Giulia, Reminder);

    [Fact]
    public async Task The_page_says_where_one_comes_from_and_shows_what_is_permitted_in_her_language()
    {
        await using var gateway = await Open(language: "it");

        var page = await Show(gateway);

        page.QuerySelector("html")!.GetAttribute("lang").ShouldBe("it");
        page.Title.ShouldBe("Che cosa possiamo scriverti · Bottega & Figli");
        page.QuerySelector(".state")!.TextContent.ShouldBe("Vieni da una nostra mail su quello che avevi lasciato nel carrello.");
        page.QuerySelectorAll("button").Select(button => button.TextContent).ShouldBe(
            ["Non scrivetemi più mail come questa", "Salva", "Non scrivetemi più niente di tutto questo"]);
        page.QuerySelectorAll("legend").Select(legend => legend.TextContent).ShouldBe(["Per e-mail", "Per SMS"]);
        page.QuerySelectorAll("label").Length.ShouldBe(8);
        page.QuerySelectorAll("input[type=checkbox][checked]").Select(box => box.GetAttribute("value")).ShouldBe(["Carts-Email", "Reviews-Email"]);
        page.QuerySelectorAll("label").ShouldAllBe(label => page.GetElementById(label.GetAttribute("for")!) != null);
        page.QuerySelectorAll("script, [onclick], [style]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Looking_changes_nothing_whoever_looks()
    {
        await using var gateway = await Open();
        await gateway.KeepEveryRow();

        await Show(gateway);
        using var head = await gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path(gateway)));

        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.Scalar<long>("select count(*) from written")).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_click_of_a_mail_program_refuses_what_the_mail_was_for_by_e_mail(bool multipart)
    {
        await using var gateway = await Open(away: true);   // Messaging need not be there
        using HttpContent body = multipart
            ? new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } }
            : new StringContent(OneClick, Encoding.UTF8, "application/x-www-form-urlencoded");

        using var answer = await gateway.Client.PostAsync(new Uri(Path(gateway), UriKind.Relative), body);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        (await answer.Content.ReadAsStringAsync()).ShouldContain("Per e-mail non ti scriviamo più per questo: Un promemoria");
        await Told(gateway, Said(gateway, false, [Purpose.Carts], Channel.Email, PermissionBasis.OneClick));
    }

    [Theory]
    [InlineData("thank-you/order-1001")]   // owed: should not have led here
    [InlineData("something/new")]
    [InlineData(null)]
    public async Task Where_the_mail_does_not_say_what_it_was_for_one_click_refuses_all_by_e_mail(string? message)
    {
        await using var gateway = await Open();
        var whose = new PreferencesSubject(Giulia, message is null ? null : new MessageKey(message));

        (await Post(gateway, OneClick, whose)).StatusCode.ShouldBe(HttpStatusCode.OK);

        await Told(gateway, Said(gateway, false, null, Channel.Email, PermissionBasis.OneClick, whose.Message));
    }

    [Fact]
    public async Task The_way_out_of_an_old_mail_still_leads_out()
    {
        await using var gateway = await Open();
        var path = Path(gateway, until: TimeSpan.Zero);

        using var shown = await gateway.Client.GetAsync(new Uri(path, UriKind.Relative));
        shown.StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await Post(gateway, OneClick, until: TimeSpan.Zero)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await gateway.SentTo("messaging")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Only_what_was_changed_on_the_page_is_told_and_the_answer_shows_what_was_chosen()
    {
        await using var gateway = await Open();

        var page = await Parse(await Post(gateway, "do=save&was=Carts-Email&was=Reviews-Email&may=Reviews-Email&may=Offers-Sms&may=Orders-Email&may=nonsense"));

        page.QuerySelector("h1")!.TextContent.ShouldBe("Done");
        page.QuerySelectorAll("main li").Select(line => line.TextContent).ShouldBe(
            ["By e-mail: An invitation to review what I bought", "By text message: Offers and rewards"]);
        await Told(
            gateway,
            Said(gateway, false, [Purpose.Carts], Channel.Email, PermissionBasis.Preferences),
            Said(gateway, true, [Purpose.Offers], Channel.Sms, PermissionBasis.Preferences));
    }

    [Theory]
    [InlineData("do=save&was=Carts-Email&may=Carts-Email", 0)]
    [InlineData("do=save&was=Carts-Email", 1)]
    [InlineData("do=no-more", 1)]
    [InlineData("do=nothing", 1)]
    public async Task Each_button_tells_what_it_says_and_twice_is_as_good_as_once(string form, int told)
    {
        await using var gateway = await Open();

        (await Post(gateway, form)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Post(gateway, form)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var sent = (await gateway.SentTo("messaging")).Select(queued => queued.Message).ToArray();
        sent.Length.ShouldBe(2 * told);
        sent.Cast<RecordPermission>().ShouldAllBe(permission => !permission.Granted && permission.CustomerId == Giulia && permission.Message == Reminder);
    }

    [Fact]
    public void Nothing_at_all_is_nothing_by_any_way() =>
        new Request.NothingAtAll().Decide(Whose, Spec.Noon).ShouldHaveSingleItem()
            .ShouldBe(new RecordPermission(Giulia, false, null, null, PermissionBasis.Preferences, null, new Reported(Spec.Noon, Spec.Noon), Reminder));

    [Theory]
    [InlineData("", "application/x-www-form-urlencoded")]
    [InlineData("List-Unsubscribe=Two-Clicks", "application/x-www-form-urlencoded")]
    [InlineData("do=everything", "application/x-www-form-urlencoded")]
    [InlineData("{\"do\":\"nothing\"}", "application/json")]
    [InlineData("nonsense", "multipart/form-data; boundary=x")]
    public async Task What_is_no_form_of_ours_changes_nothing_and_shows_the_page(string body, string contentType)
    {
        await using var gateway = await Open();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        using var answer = await gateway.Client.PostAsync(new Uri(Path(gateway), UriKind.Relative), content);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("<h1>What we may write to you</h1>");
        (await gateway.SentTo("messaging")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_not_read_and_a_link_of_nobody_s_changes_nothing()
    {
        await using var gateway = await Open();

        (await Post(gateway, $"do=nothing&x={new string('x', PreferencesPage.MostBytes)}")).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        using var body = new StringContent(OneClick, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var nobodys = await gateway.Client.PostAsync(new Uri("/p/nothing", UriKind.Relative), body);

        nobodys.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.SentTo("messaging")).ShouldBeEmpty();
        var token = Path(gateway)["/p/".Length..];
        gateway.Logs.Warnings.ShouldNotContain(line => line.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_Messaging_is_away_the_page_asks_to_come_back_and_a_choice_is_taken_all_the_same()
    {
        await using var gateway = await Open(away: true);

        using var shown = await gateway.Client.GetAsync(new Uri(Path(gateway), UriKind.Relative));
        shown.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Post(gateway, "do=nothing")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await Told(gateway, Said(gateway, false, null, null, PermissionBasis.Preferences));
    }

    [Fact]
    public void Every_kind_of_message_has_its_purpose_and_says_it_on_the_page()
    {
        foreach (var kind in Enum.GetValues<MessageKind>())
        {
            var key = new MessageKey($"{kind.Name()}/order-1");
            MailPurpose.Of(key).ShouldBe(Purposes.Of(kind));
            var page = PreferencesPage.Show(new PreferencesSubject(Giulia, key), new HashSet<Choice>(), "en", null);
            page.Body.ToString().ShouldContain("You come from a mail of ours");
        }
    }

    private static RecordPermission Said(
        ServiceHost gateway, bool granted, IReadOnlyList<Purpose>? purposes, Channel? channel, PermissionBasis basis, MessageKey? message) =>
        new(Giulia, granted, purposes, channel, basis, null, new Reported(gateway.Clock.GetUtcNow(), gateway.Clock.GetUtcNow()), message);

    private static RecordPermission Said(ServiceHost gateway, bool granted, IReadOnlyList<Purpose>? purposes, Channel? channel, PermissionBasis basis) =>
        Said(gateway, granted, purposes, channel, basis, Reminder);

    private static async Task Told(ServiceHost gateway, params RecordPermission[] expected) =>
        Spec.Written((await gateway.SentTo("messaging")).Select(queued => queued.Message)).ShouldBe(Spec.Written(expected));

    private Task<ServiceHost> Open(string language = "en", bool away = false) => Owners.Open(postgres, request =>
    {
        if (away) throw new HttpRequestException("away");
        var json = request.RequestUri!.PathAndQuery switch
        {
            "/v1/permissions/c%2F1%20%C3%BC" => """
                {"customer":"c/1 ü","permissions":[
                 {"purpose":"Carts","channel":"Email","granted":true,"basis":"SoftOptIn","at":"2026-01-01T00:00:00Z"},
                 {"purpose":"Reviews","channel":"Email","granted":true,"basis":null,"at":null},
                 {"purpose":"Offers","channel":"Email","granted":false,"basis":"OneClick","at":"2026-01-01T00:00:00Z"}]}
                """,
            "/v1/readers?customer=c%2F1%20%C3%BC" =>
                $$"""{"language":"{{language}}","zone":null,"shopName":"Bottega & Figli","shopLanguage":"it","shopZone":"Europe/Rome"}""",
            _ => throw new InvalidOperationException($"Nobody asks for {request.RequestUri}."),
        };
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
    });

    private static string Path(ServiceHost gateway, PreferencesSubject? whose = null, TimeSpan? until = null)
    {
        var link = new PageLink(PagePurposes.Preferences, "demo", (whose ?? Whose).ToString(), gateway.Clock.GetUtcNow() + (until ?? TimeSpan.FromDays(180)));
        return $"/p/{gateway.Services.GetRequiredService<PageLinks>().TokenOf(link)}";
    }

    private static async Task<HttpResponseMessage> Post(ServiceHost gateway, string form, PreferencesSubject? whose = null, TimeSpan? until = null)
    {
        using var body = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        return await gateway.Client.PostAsync(new Uri(Path(gateway, whose, until), UriKind.Relative), body);
    }

    private static async Task<IDocument> Show(ServiceHost gateway)
    {
        using var answer = await gateway.Client.GetAsync(new Uri(Path(gateway), UriKind.Relative));
        return await Parse(answer);
    }

    private static async Task<IHtmlDocument> Parse(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
    }
}
