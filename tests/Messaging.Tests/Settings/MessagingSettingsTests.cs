using System.Net;
using System.Text;
using System.Text.Json;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Settings;

public sealed class MessagingSettingsTests(PostgresFixture postgres)
{
    private const string Path = "/v1/settings/messaging";
    private const string Defaults =
        """{"name":"Demo","from":"ciao@demo.example","replyTo":null,"language":"it","zone":"Europe/Rome","quietFrom":"21:00","quietUntil":"08:00","capHours":24,"marketingPerCap":1,"flowHours":72,"freshnessHours":72,"sms":null,"channels":null}""";
    private const string Bottega =
        """{"name":"Bottega Ü","from":"ciao@bottega.example","replyTo":"aiuto@bottega.example","language":"en","zone":"Europe/London","quietFrom":"22:30","quietUntil":"07:15","capHours":0,"marketingPerCap":2,"flowHours":48,"freshnessHours":24,"sms":null,"channels":null}""";

    [Fact]
    public async Task A_shop_that_said_nothing_sees_what_holds_by_default()
    {
        await using var messaging = await Open(postgres);

        (await Ask(messaging)).ShouldBe((HttpStatusCode.OK, "\"0\"", Defaults));
    }

    [Fact]
    public async Task What_is_set_holds_for_this_shop_from_the_next_mail_on()
    {
        await using var messaging = await Open(postgres);

        (await Ask(messaging, Bottega)).ShouldBe((HttpStatusCode.OK, "\"1\"", Bottega));

        (await Ask(messaging)).ShouldBe((HttpStatusCode.OK, "\"1\"", Bottega));
        (await Ask(messaging, tenant: "other")).Body.ShouldContain("ciao@other.example");
        await messaging.Seen(Giulia, language: null);
        await messaging.Tell(ThankYou);
        await messaging.Drain();
        messaging.Mails().ShouldBe(["thank-you.order-1001.demo@bottega.example"]);
        var mail = await File.ReadAllTextAsync(Directory.GetFiles(System.IO.Path.Combine(messaging.Home, "mail")).Single());
        mail.ShouldSatisfyAllConditions(
            () => mail.ShouldContain("<ciao@bottega.example>"),
            () => mail.ShouldContain("<aiuto@bottega.example>"),
            () => mail.ShouldContain("thank you for your order"));
    }

    [Fact]
    public async Task What_is_left_out_or_null_takes_its_default()
    {
        await using var messaging = await Open(postgres);
        await Ask(messaging, Bottega);

        (await Ask(messaging, """{"name":"Bottega","from":null}""")).ShouldBe((HttpStatusCode.OK, "\"2\"", Defaults.Replace("Demo", "Bottega", StringComparison.Ordinal)));
        (await Ask(messaging, """{"name":"Bottega"}""")).Version.ShouldBe("\"2\"");   // said again
        (await Ask(messaging, "{}")).ShouldBe((HttpStatusCode.OK, "\"3\"", Defaults));
    }

    [Fact]
    public async Task Who_changes_what_somebody_else_has_changed_meanwhile_is_told()
    {
        await using var messaging = await Open(postgres);

        (await Ask(messaging, Bottega, ifMatch: "\"0\"")).Version.ShouldBe("\"1\"");
        (await Ask(messaging, "{}", ifMatch: "\"0\"")).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await Ask(messaging, "{}", ifMatch: "\"1\"")).Version.ShouldBe("\"2\"");
        (await Ask(messaging, Bottega, ifMatch: "2")).Status.ShouldBe(HttpStatusCode.PreconditionFailed);   // no ETag: its quotes are missing
        (await Ask(messaging, Bottega, ifMatch: "*")).Version.ShouldBe("\"3\"");

        var both = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Ask(messaging, $$"""{"name":"{{i}}"}""", ifMatch: "\"3\"")));
        both.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(1);
        both.Count(answer => answer.Status == HttpStatusCode.PreconditionFailed).ShouldBe(5);
    }

    [Theory]
    [InlineData("""{"name":" ","from":"nobody","replyTo":"@","language":"de","zone":"Nowhere/Land"}""", "/name invalid,/from invalid,/replyTo invalid,/language unknown,/zone unknown")]
    [InlineData("""{"zone":"W. Europe Standard Time"}""", "/zone unknown")]
    [InlineData(
        """{"quietFrom":"9pm","quietUntil":"8:00","capHours":-1,"marketingPerCap":0,"flowHours":721,"freshnessHours":0,"sms":null,"channels":null}""",
        "/quietFrom invalid,/quietUntil invalid,/capHours invalid,/marketingPerCap invalid,/flowHours invalid,/freshnessHours invalid")]
    [InlineData("null", " required")]
    public async Task What_is_wrong_is_listed_and_nothing_of_it_is_kept(string body, string expected)
    {
        await using var messaging = await Open(postgres);

        var answer = await Ask(messaging, body);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        JsonDocument.Parse(answer.Body).RootElement.GetProperty("errors").EnumerateArray()
            .Select(error => $"{error.GetProperty("field")} {error.GetProperty("code")}").ShouldBe(expected.Split(','));
        (await Ask(messaging)).Version.ShouldBe("\"0\"");
    }

    [Theory]
    [InlineData("""{"nome":"Bottega"}""", "#/nome")]
    [InlineData("""{"name":1}""", "#/name")]
    [InlineData("""{"name":"a","name":"b"}""", "#/name")]
    [InlineData("""[]""", "#")]
    [InlineData("""{"name":""", "#/name")]
    public async Task What_can_not_be_read_is_refused_with_its_place(string body, string place)
    {
        await using var messaging = await Open(postgres);

        var answer = await Ask(messaging, body);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        JsonDocument.Parse(answer.Body).RootElement.GetProperty("pointer").GetString().ShouldBe(place);
    }

    [Fact]
    public async Task Only_our_own_processes_read_or_change_settings()
    {
        await using var messaging = await Open(postgres);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put })
        {
            using var request = new HttpRequestMessage(method, Path);
            using var answer = await messaging.Client.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public void Where_a_shop_has_an_address_of_its_own_replies_do_not_go_to_the_installation_s()
    {
        var installation = new MailOptions { From = "ciao@{tenant}.example", ReplyTo = "help@platform.example" };

        new MessagingSettings().SenderFor("demo", installation).ReplyTo.ShouldBe("help@platform.example");
        (new MessagingSettings() with { From = "ciao@bottega.example" }).SenderFor("demo", installation).ReplyTo.ShouldBeNull();
    }

    private static async Task<(HttpStatusCode Status, string? Version, string Body)> Ask(
        ServiceHost messaging, string? put = null, string tenant = ServiceHost.Tenant, string? ifMatch = null)
    {
        using var request = messaging.Sign(put is null ? HttpMethod.Get : HttpMethod.Put, Path, tenant);
        if (put is not null) request.Content = new StringContent(put, Encoding.UTF8, "application/json");
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await messaging.Client.SendAsync(request);
        return (answer.StatusCode, answer.Headers.ETag?.ToString(), (await answer.Content.ReadAsStringAsync())
            .Replace("\\u00DC", "Ü", StringComparison.Ordinal));
    }
}
