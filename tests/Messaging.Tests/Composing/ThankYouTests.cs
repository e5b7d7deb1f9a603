using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Composing;

public class ThankYouTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly Sender Shop = new("demo", "Bottega Demo", "ciao@demo.example");

    private static readonly OrderSummary Order = new(
        new("1001"),
        [new("Tazza in ceramica", 2, Euro(14.95m)), new("Cuscino di lino \"Mare\"", 1, Euro(29.90m))],
        Euro(59.80m),
        new DateOnly(2026, 3, 12));

    private static readonly Uri Page = new("https://shop.example/p/tOk_en-1");

    private static readonly OrderSummary OnlyPaid = new(new("1001"), [], null, null);

    public static readonly TheoryData<string, bool, bool> Variants = new(
        from language in new[] { "it", "en" }
        from named in new[] { true, false }
        from lines in new[] { true, false }
        select (language, named, lines));

    [Theory]
    [MemberData(nameof(Variants))]
    public void Reads_as_approved(string language, bool named, bool lines)
    {
        var mail = Compose(new(named ? "Giulia Rossi" : null, "giulia@mail.example", language), lines ? Order : OnlyPaid);
        Approved.Match(
            $"Subject: {mail.Subject}\n\n----- text -----\n{mail.Text}\n\n----- html -----\n{mail.Html}",
            $"thank-you.{language}.{(named ? "named" : "no-name")}.{(lines ? "lines" : "no-lines")}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("giulia@mail.example")]
    public void Without_a_name_it_greets_neutrally(string? name)
    {
        var mail = Compose(new(name, "giulia@mail.example", "it"), Order);
        mail.Text.ShouldStartWith("Ciao,\n");
        mail.Html.ShouldContain("<p>Ciao,</p>");
        mail.Subject.ShouldBe("Grazie! Il tuo ordine 1001 è confermato");
        mail.Text.ShouldNotContain("giulia", Case.Insensitive);
    }

    [Fact]
    public void An_order_is_called_what_its_customer_knows_it_by() =>
        Compose(new("Giulia", "g@mail.example", "en"), Order with { Order = new("5820001"), Number = "#1042" }).ShouldSatisfyAllConditions(
            mail => mail.Subject.ShouldBe("Thank you, Giulia! Your order #1042 is confirmed"),
            mail => mail.Text.ShouldNotContain("5820001"));

    [Fact]
    public void A_total_without_lines_is_said() =>
        Compose(new("Giulia", "g@mail.example", "it"), OnlyPaid with { Total = Euro(59.80m) }).Text.ShouldContain("Totale: 59,80 €");

    [Fact]
    public void An_installation_without_an_address_writes_no_link()
    {
        var mail = Composer.Compose(Templates.BuiltIn(MessageKind.ThankYou, "en", null), new("Giulia", "g@mail.example"), Order, Shop, Noon);
        mail.Html.ShouldNotContain("href");
        mail.Text.ShouldNotContain("See where your order is");
    }

    [Fact]
    public void Lines_without_a_total_are_listed() =>
        Compose(new("Giulia", "g@mail.example", "en"), Order with { Total = null }).Text
            .ShouldContain("Your order\n2 × Tazza in ceramica: €29.90\n1 × Cuscino di lino \"Mare\": €29.90\n\n");

    [Fact]
    public void A_promised_day_that_has_gone_by_where_the_reader_lives_is_not_promised_again()
    {
        var today = Order with { PromisedOn = new DateOnly(2026, 3, 5) };
        var lateEvening = Noon.AddHours(11).AddMinutes(30);
        Compose(new(null, "g@mail.example", "en", "Europe/London"), today, lateEvening).Text.ShouldContain("reach you by Thursday 5 March 2026.");
        Compose(new(null, "g@mail.example", "en", "Europe/Rome"), today, lateEvening).Text.ShouldNotContain("reach you by");
        Compose(new(null, "g@mail.example", "en", "Nowhere/Land"), today, lateEvening).Text.ShouldNotContain("reach you by");
    }

    [Theory]
    [InlineData("<b>Tazza</b> & *blu* _e_ `verde` [qui](https://evil.example) ![x](y) | # ~~no~~ &amp; \\ 1. {{order}}")]
    [InlineData("# Grande")]
    [InlineData("    quattro spazi")]
    [InlineData("| a | b |")]
    [InlineData("$5 + 3 = 8 ^2 <https://evil.example>")]
    public void A_title_is_shown_as_it_is_written(string title)
    {
        var mail = Compose(new("Giulia", "g@mail.example", "it"), Order with { Lines = [new(title, 1, Euro(1))] });
        mail.Text.ShouldContain($"1 × {title.Trim()}: 1,00 €");
        mail.Html.ShouldContain($"1 × {title.Trim().Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;")}</td>");
    }

    [Theory]
    [InlineData("1001\r\nBcc: all@mail.example")]
    [InlineData("1001\u2028Bcc: all@mail.example")]
    [InlineData("1001\0\u0085Bcc: all@mail.example")]
    public void Nothing_can_be_injected_into_the_subject(string order)
    {
        var mail = Compose(new("Giulia", "g@mail.example", "it"), OnlyPaid with { Order = new(order) });
        mail.Subject.ShouldBe("Grazie, Giulia! Il tuo ordine 1001 Bcc: all@mail.example è confermato");
    }

    [Fact]
    public void The_subject_carries_no_escapes() =>
        Compose(new("Zoë D'Angelo", "g@mail.example", "en"), OnlyPaid with { Order = new("A&B <#7>_x*") }).Subject
            .ShouldBe("Thank you, Zoë! Your order A&B <#7>_x* is confirmed");

    [Fact]
    public void The_shops_name_and_address_are_escaped_in_html()
    {
        var mail = Composer.Compose(
            Templates.BuiltIn(MessageKind.ThankYou, "it", null), new("Giulia", "g@mail.example"), Order,
            new("demo", "Fiori & <Frutti>", "ciao@demo.example"), Noon);
        mail.Html.ShouldContain("<footer>Fiori &amp; &lt;Frutti&gt; · ciao@demo.example</footer>");
        mail.Text.ShouldContain("A presto,\nFiori & <Frutti>\n\nciao@demo.example");
    }

    [Fact]
    public void A_template_that_asks_for_what_does_not_exist_is_an_error() =>
        Should.Throw<Exception>(() => Composer.Compose(
            Template.Parse(MessageKind.ThankYou, "it", "---\nsubject: x\n---\nCiao {{nome}},\n"), new("Giulia", "g@mail.example"), Order, Shop, Noon));

    [Theory]
    [InlineData("Ciao,\n")]
    [InlineData("---\nsubject: x\nfrom: y\n---\nCiao,\n")]
    [InlineData("---\ntitle: x\n---\nCiao,\n")]
    public void A_template_without_a_proper_front_matter_is_refused(string source) =>
        Should.Throw<FormatException>(() => Template.Parse(MessageKind.ThankYou, "it", source));

    [Fact]
    public void Many_threads_write_each_their_own_mail() =>
        Parallel.For(0, 2000, i =>
        {
            var mail = Compose(new("Giulia", "g@mail.example", i % 2 == 0 ? "it" : "en"), Order with { Order = new($"nr{i}x") });
            mail.Text.ShouldContain($"nr{i}x");
            mail.Html.ShouldContain($"<strong>nr{i}x</strong>");
        });

    private static ComposedMail Compose(Recipient recipient, OrderSummary order, DateTimeOffset? now = null) =>
        Composer.Compose(Templates.BuiltIn(MessageKind.ThankYou, recipient.Language, Shop.Language), recipient, order, Shop, now ?? Noon, new Extras(Page: Page));

    private static Money Euro(decimal amount) => new(amount, "EUR");
}
