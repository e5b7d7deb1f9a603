using System.Net;
using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Templating;
using Engagement.Messaging.Tests.Social;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Settings;

public sealed class LayoutSettingsTests(PostgresFixture postgres)
{
    private const string Path = "/v1/settings/layout";
    private const string Wine = """{"logoUrl":"https://bottega.example/logo.png","accent":"#7A1F3D","footer":"Bottega S.r.l.\nVia Roma 1, 00100 Roma"}""";

    [Fact]
    public void A_mail_looks_as_the_shop_says_and_nothing_that_it_says_is_more_than_text()
    {
        var layout = new LayoutSettings("https://bottega.example/logo.png?a=1&b=2", "#7A1F3D", "Bottega <b>S.r.l.</b>\n\n Via Roma 1, 00100 Roma ");

        Approved.Match(Compose(layout), "layout");
    }

    [Theory]
    [InlineData("#767676", true)]
    [InlineData("#777777", false)]
    [InlineData("#7a1f3d", true)]
    [InlineData("#FFD400", false)]
    [InlineData("#000000", true)]
    public void A_colour_must_be_read_on_white(string accent, bool isFine) => (new LayoutSettings(null, accent, null).Check().Any() is false).ShouldBe(isFine);

    [Theory]
    [InlineData("""{"logoUrl":"http://bottega.example/logo.png","accent":"red","footer":" "}""", "/logoUrl invalid,/accent invalid,/footer invalid")]
    [InlineData("""{"logoUrl":"javascript:alert(1)","accent":"#7A1F3D;}","footer":"a\u0007"}""", "/logoUrl invalid,/accent invalid,/footer invalid")]
    [InlineData("""{"accent":"#FFD400","footer":"1\n2\n3\n4\n5\n6\n7"}""", "/accent contrast,/footer invalid")]
    public async Task What_would_break_a_mail_is_refused_and_nothing_of_it_is_kept(string body, string expected)
    {
        await using var messaging = await Open(postgres);

        var answer = await messaging.Ask(HttpMethod.Put, Path, body);

        (answer.Status, answer.Errors).ShouldSatisfyAllConditions(
            _ => answer.Status.ShouldBe(HttpStatusCode.BadRequest), _ => answer.Errors.ShouldBe(expected.Split(',')));
        (await messaging.Ask(HttpMethod.Get, Path)).Text.ShouldBe("""{"logoUrl":null,"accent":null,"footer":null}""");
    }

    [Fact]
    public async Task What_is_set_holds_for_this_shop_from_the_next_mail_on()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Seen(Giulia, tenant: "other");

        (await messaging.Ask(HttpMethod.Put, Path, Wine)).Status.ShouldBe(HttpStatusCode.OK);
        await messaging.Tell(ThankYou);
        await messaging.Drain();
        await messaging.TellFor("other", ThankYou);
        await messaging.Drain();

        string[] mails = [.. server.Sent.Select(mail => Encoding.ASCII.GetString(mail.Content.Span))];
        mails.Select(mail => mail.Contains("Via Roma 1", StringComparison.Ordinal)).ShouldBe([true, false]);
        mails[0].ShouldContain("#7A1F3D");
        (await messaging.Ask(HttpMethod.Get, "/v1/settings/messaging")).Version.ShouldBe("\"0\"");   // those are others
    }

    private static string Compose(LayoutSettings layout)
    {
        var mail = Composer.Compose(
            Templates.BuiltIn(MessageKind.Shipped, "it", null), new("Giulia", "g@mail.example"), Samples.Full(MessageKind.Shipped, Noon),
            new("demo", "Bottega \"Demo\"", "ciao@demo.example"), Noon, Samples.Extras("it"), layout);
        return $"{mail.Text}\n\n----- html -----\n{mail.Html}";
    }
}
