using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.ServiceDefaults;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging.Tests.Templating;

public class LinterTests
{
    public static readonly TheoryData<MessageKind, string> BuiltIns = new(
        from kind in MessageKinds.All from language in Languages.BuiltIn select (kind, language));

    [Theory]
    [MemberData(nameof(BuiltIns))]
    public void What_we_write_ourselves_passes(MessageKind kind, string language) =>
        Linter.Lint(kind, language, Templates.Resource($"{kind.Name()}.{language}.md")).ShouldBeEmpty();

    [Theory]
    [InlineData("Gentile cliente,")]
    [InlineData("gentile  \t CLIENTE")]
    [InlineData("Gentile\ncliente")]
    [InlineData("GENTILE CLIENTE!")]
    [InlineData("Gentili clienti")]
    [InlineData("Gentilissima cliente")]
    [InlineData("Caro cliente")]
    [InlineData("Cara, carissima cliente")]
    [InlineData("Cari nostri affezionati clienti")]
    [InlineData("Spett.le Cliente")]
    [InlineData("Egregio utente")]
    [InlineData("Ciao cliente")]
    [InlineData("Ciao, utente")]
    [InlineData("Gentili signori")]
    [InlineData("Ciao a tutti!")]
    [InlineData("Cari amici,")]
    [InlineData("A chi di competenza")]
    [InlineData("Dear customer,")]
    [InlineData("Dear Valued Customer")]
    [InlineData("dear CUSTOMERS")]
    [InlineData("Hello user")]
    [InlineData("Hi subscriber")]
    [InlineData("To whom it may concern")]
    [InlineData("Our valued customer")]
    [InlineData("Hi all,")]
    [InlineData("Dear friends!")]
    // split by markup
    [InlineData("Gentile **cliente**")]
    [InlineData("Gen**ti**le *cli*ente")]
    [InlineData("Gentile [cliente](https://shop.example)")]
    [InlineData("Gentile `cliente`")]
    [InlineData("Gentile\\\ncliente")]
    [InlineData("Gentile {{! x }}cliente")]
    [InlineData("Gentile{{#if shop}} {{/if}}cliente")]
    [InlineData("| Gentile cliente | |\n|--|--|")]
    [InlineData("> Gentile\n> cliente")]
    [InlineData("    Gentile cliente")]
    // entities, invisible and foreign characters
    [InlineData("Gentile&nbsp;cliente")]
    [InlineData("Gentile &#99;liente")]
    [InlineData("Gentile &#x63;liente")]
    [InlineData("Gentile cli&shy;ente")]
    [InlineData("Gen\u200Btile cli\u200Dente")]
    [InlineData("Gen\u00ADtile cli\u2060ente\uFEFF")]
    [InlineData("Gentile\u00a0cliente")]
    [InlineData("Gentile\u3000ｃｌｉｅｎｔｅ")]
    [InlineData("Gentilé clie\u0301nte")]
    [InlineData("Gеntilе сliеntе")]   // Cyrillic
    [InlineData("G e n t i l e   c l i e n t e")]
    [InlineData("D E A R customer")]
    public void Nobody_is_one_of_many(string words) => Rules(words).ShouldBe(["impersonal"]);

    [Theory]
    [InlineData("Gentile <b>cliente</b>,")]
    [InlineData("Gen<i>ti</i>le cli<!-- x -->ente,")]
    public void Nor_with_tags_between_which_are_refused_as_well(string words) => Rules(words).Distinct().Order().ShouldBe(["html", "impersonal"]);

    [Theory]
    [InlineData("il servizio clienti ti risponde")]
    [InlineData("Scrivi al nostro servizio clienti.")]
    [InlineData("Un cliente ci ha scritto.")]
    [InlineData("È stato gentile da parte tua.")]
    [InlineData("È troppo caro? Clienti e amici ci chiedono sempre questo.")]
    [InlineData("Our customers like it.")]
    [InlineData("Write to customer service, dear Giulia.")]
    [InlineData("Chi, cliente o no, vuole provarla?")]
    [InlineData("A Delhi customer told us.")]
    [InlineData("Hi, all your parcels have arrived.")]
    [InlineData("Ciao, tutto bene?")]
    [InlineData("Hi there,")]
    [InlineData("Buongiorno,")]
    [InlineData("Un caro saluto")]
    [InlineData("A welcome for our customers' club")]
    [InlineData("Gentilezza: la clientela la nota.")]
    public void But_a_person_may_be_spoken_of(string words) => Rules(words).ShouldBeEmpty();

    [Theory]
    [InlineData("Benvenuto/a")]
    [InlineData("BENVENUTO/A!")]
    [InlineData("benvenuto / a,")]
    [InlineData("caro/a")]
    [InlineData("Cara/o")]
    [InlineData("o/a")]
    [InlineData("tutti/e")]
    [InlineData("caro/cara")]
    [InlineData("Tutti / tutte")]
    [InlineData("tutte/tutti")]
    [InlineData("amici/amiche")]
    [InlineData("signore/signora")]
    [InlineData("dottore/ssa")]
    [InlineData("benvenuto(a)")]
    [InlineData("benvenut(o/a)")]
    [InlineData("benvenut\\*")]
    [InlineData("Car* tutt*,")]
    [InlineData("amic*che")]
    [InlineData("benvenutə")]
    [InlineData("tuttɜ")]
    [InlineData("benvenut@")]
    [InlineData("benvenut\\_ qui")]
    [InlineData("Tuttx")]
    [InlineData("gli/le")]
    [InlineData("he/she")]
    [InlineData("(s)he")]
    [InlineData("his or her")]
    [InlineData("Ben**ven**uto/a")]
    [InlineData("benvenuto&#47;a")]
    [InlineData("benvenuto\u200B/\u200Ba")]
    [InlineData("benvenuto／a")]
    [InlineData("benvenuto{{! x }}/a")]
    public void Nobody_is_asked_to_choose_a_gender(string words) => Rules(words).ShouldContain("gendered");

    [Theory]
    [InlineData("e/o")]
    [InlineData("1 articolo/i nel carrello")]
    [InlineData("il mese/i mesi")]
    [InlineData("1 giorno/giorni")]
    [InlineData("24/7")]
    [InlineData("km/h")]
    [InlineData("andata A/R")]
    [InlineData("c/o Rossi")]
    [InlineData("and/or")]
    [InlineData("n/a")]
    [InlineData("Aperto dal/al 3 marzo")]
    [InlineData("[la nostra pagina](https://shop.example/benvenuto/a)")]
    [InlineData("https://shop.example/benvenuto/a")]
    [InlineData("Scrivici / a presto")]
    [InlineData("la figura (a) e la figura (b)")]
    [InlineData("item(s)")]
    [InlineData("**Ciao** a te")]
    [InlineData("*tutto* bene")]
    [InlineData("spedizione gratuita*")]
    [InlineData("spedizione gratis*")]
    [InlineData("5 * 3 = 15")]
    [InlineData("Azərbaycan")]
    [InlineData("scrivi a ciao@shop.example")]
    [InlineData("un pacco_regalo")]
    [InlineData("he shears sheep")]
    public void But_a_slash_and_a_star_have_their_uses(string words) => Rules(words).ShouldBeEmpty();

    [Theory]
    [InlineData("Ciao,")]
    [InlineData("Ciao!\n\nGrazie, {{#if name}}{{name}}{{/if}}")]
    [InlineData("{{#if order}}Ciao,{{else}}Ciao {{name}},{{/if}}")]
    [InlineData("Ciao {{shop}},")]
    public void The_greeting_calls_the_customer_by_name(string greeting) => Rules("Va tutto bene.", greeting).ShouldBe(["greeting"]);

    [Theory]
    [InlineData("Ciao {{name}},")]
    [InlineData("Ciao {{#if name}}{{name}}{{/if}},")]
    [InlineData("Ciao, {{name}}!")]
    public void Without_a_name_it_leaves_no_gap(string greeting) => Rules("Va tutto bene.", greeting).ShouldBe(["greeting"]);

    [Theory]
    [InlineData("{{> greeting}}")]
    [InlineData("Ciao{{#if name}} {{name}}{{/if}},")]
    [InlineData("Ciao{{#if name}}, {{name}}{{/if}}!")]
    [InlineData("{{#if name}}{{name}}, buongiorno!{{else}}Buongiorno!{{/if}}")]
    [InlineData("{{#unless name}}Ciao!{{/unless}}{{#if name}}**Ciao {{name}}**{{/if}}")]
    [InlineData("{{~#if name~}} Ciao {{name}}, {{~else~}} Ciao, {{~/if~}}")]
    [InlineData("# Ciao{{#if name}} {{name}}{{/if}}")]
    public void There_is_more_than_one_way_to_greet(string greeting) => Rules("Va tutto bene.", greeting).ShouldBeEmpty();

    [Fact]
    public void A_subject_that_lost_its_name_is_found_too() =>
        Lint("---\nsubject: Grazie, {{name}}! Ordine {{order}}\n---\n{{> greeting}}\n\nVa bene.\n").ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(found => found.Rule.ShouldBe("greeting"), found => (found.Line, found.Column).ShouldBe((2, 18)));

    [Fact]
    public void A_mail_about_an_order_says_which()
    {
        const string Without = "---\nsubject: Grazie\n---\n{{> greeting}}\n\nVa tutto bene.\n";
        Lint(Without).Select(found => found.Rule).ShouldBe(["order-number"]);
        Lint(Without, MessageKind.CancellationReceived).Select(found => found.Rule).ShouldBe(["subscription-number"]);
        Lint(Without, MessageKind.Welcome).ShouldBeEmpty();
        Lint(Without, MessageKind.InquiryReceived).ShouldBeEmpty();
        Lint(Without.Replace("Grazie", "Grazie: {{order}}")).ShouldBeEmpty();
        Lint(Without.Replace("tutto", "l'ordine {{order}}")).ShouldBeEmpty();
        Lint(Without.Replace("tutto", "{{#if promised}}{{order}}{{/if}}")).Select(found => found.Rule).ShouldBe(["order-number"]);
    }

    [Theory]
    [InlineData("{{nome}}", "unknown-variable", 1)]
    [InlineData("{{#if nome}}x{{/if}}", "unknown-variable", 1)]
    [InlineData("x {{#if total}}a{{else if nome}}b{{/if}}", "unknown-variable", 17)]
    [InlineData("{{#each lines}}{{total}}{{/each}}", "unknown-variable", 16)]
    [InlineData("{{#each total}}x{{/each}}", "unknown-variable", 1)]
    [InlineData("{{lines}}", "unknown-variable", 1)]
    [InlineData("{{unsubscribe}}", "unknown-variable", 1)]
    [InlineData("{{#with name}}x{{/with}}", "unknown-helper", 1)]
    [InlineData("{{upper name}}", "unknown-helper", 1)]
    [InlineData("{{#lines}}x{{/lines}}", "unknown-helper", 1)]
    [InlineData("{{^if name}}x{{/if}}", "unknown-helper", 1)]
    [InlineData("{{> footer}}", "unknown-partial", 1)]
    [InlineData("{{> parcel}}", "unknown-partial", 1)]
    [InlineData("{{> @partial-block}}", "unknown-helper", 1)]
    [InlineData("a {{{name}}}", "raw-value", 3)]
    [InlineData("{{& name}}", "raw-value", 1)]
    [InlineData("{{../order}}", "syntax", 1)]
    [InlineData("{{name.first}}", "syntax", 1)]
    [InlineData("{{name", "syntax", 1)]
    [InlineData("{{name {{order}}", "syntax", 1)]
    [InlineData("\\{{name}}", "syntax", 2)]
    [InlineData("{{#if name}}x", "syntax", 1)]
    [InlineData("x{{/if}}", "syntax", 2)]
    [InlineData("{{#if name}}{{/each}}{{/if}}", "syntax", 13)]
    [InlineData("{{else}}", "syntax", 1)]
    [InlineData("a\0b", "syntax", 2)]
    public void What_does_not_exist_is_found_where_it_stands(string words, string rule, int column)
    {
        var found = Lint(Source(words));
        found.ShouldContain(finding => finding.Rule == rule && finding.Line == 6 && finding.Column == column, string.Join('\n', found));
    }

    [Theory]
    [InlineData("{{#each lines}}{{quantity}} {{title}} {{price}}{{else}}{{total}}{{/each}}")]
    [InlineData("{{#if total}}{{total}}{{else if promised}}{{promised}}{{else}}x{{/if}}")]
    [InlineData("{{#unless lines}}x{{/unless}} {{! a comment }}{{!-- {{another}} --}} {{ shop }} }}")]
    [InlineData("{{> signature}} {{>signature}}")]
    [InlineData("{ {name}} {")]
    public void What_exists_may_be_said(string words) => Rules(words).ShouldBeEmpty();

    [Fact]
    public void A_subject_knows_no_partials_and_says_nothing_that_a_person_wrote()
    {
        Lint("---\nsubject: {{> greeting}} {{order}}\n---\n{{> greeting}}\n\nVa bene.\n").ShouldHaveSingleItem().Rule.ShouldBe("unknown-partial");
        Lint("---\nsubject: {{words}}\n---\n{{> greeting}}\n\n{{words}}\n", MessageKind.InquiryReply).ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(found => found.Rule.ShouldBe("unknown-variable"), found => (found.Line, found.Column).ShouldBe((2, 10)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("![](https://shop.example/all.png)")]
    [InlineData("***")]
    [InlineData("{{#if promised}}Solo con la data.{{/if}}")]
    public void A_mail_says_something_as_plain_text(string words) =>
        Lint($"---\nsubject: Ordine {{{{order}}}}\n---\n{{{{> greeting}}}}\n\n{words}\n").ShouldContain(found => found.Rule == "text");

    [Fact]
    public void An_image_with_words_may_be_shown() => Rules("![La tazza blu](https://shop.example/tazza.png)").ShouldBeEmpty();

    [Theory]
    [InlineData("[qui](http://shop.example)")]
    [InlineData("[qui](HTTP://shop.example)")]
    [InlineData("[qui](//shop.example)")]
    [InlineData("[qui](/pagina)")]
    [InlineData("[qui](ftp://shop.example)")]
    [InlineData("[qui](javascript:alert)")]
    [InlineData("<http://shop.example>")]
    [InlineData("![foto](http://shop.example/a.png)")]
    [InlineData("[qui][1]\n\n[1]: http://shop.example")]
    [InlineData("vai su http://shop.example")]
    [InlineData("vai su www.shop.example")]
    [InlineData("[qui]({{order}})")]
    [InlineData("[qui](http://{{order}})")]
    public void A_link_is_https(string words) => Rules(words).Distinct().ShouldBe(["https"]);

    [Theory]
    [InlineData("[qui](https://shop.example)")]
    [InlineData("[qui](https://www.shop.example/{{order}})")]
    [InlineData("<https://shop.example>")]
    [InlineData("[scrivici](mailto:ciao@shop.example)")]
    [InlineData("[chiamaci](tel:+39061234567)")]
    [InlineData("Si chiama http, il protocollo.")]
    public void So_is_every_link_that_may_stay(string words) => Rules(words).ShouldBeEmpty();

    [Fact]
    public void A_link_whose_address_may_be_unknown_stands_in_a_condition()
    {
        const string Bare = "---\nsubject: Ordine {{order}}\n---\n{{> greeting}}\n\nÈ partito. [Seguilo]({{trackingUrl}})\n";
        Lint(Bare, MessageKind.Shipped).ShouldHaveSingleItem().Rule.ShouldBe("https");
        Lint(Bare.Replace("[Seguilo]({{trackingUrl}})", "{{#if trackingUrl}}[Seguilo]({{trackingUrl}}){{/if}}"), MessageKind.Shipped).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{{unsubscribe}}", false)]
    [InlineData("[no grazie](https://shop.example/no)", false)]
    [InlineData("{{#if worth}}[no grazie]({{unsubscribe}}){{/if}}", false)]
    [InlineData("{{! {{> unsubscribe}} }}", false)]
    [InlineData("{{> unsubscribe}}", true)]
    [InlineData("[no grazie]({{unsubscribe}})", true)]
    public void Marketing_has_a_way_out(string way, bool passes)
    {
        var found = Lint($"---\nsubject: Per te\n---\n{{{{> greeting}}}}\n\nUn pensiero: {{{{code}}}}\n\n{way}\n", MessageKind.Offer);
        var rules = found.Select(finding => finding.Rule);
        if (passes) rules.ShouldBeEmpty();
        else rules.ShouldContain("unsubscribe");
    }

    [Theory]
    [InlineData("Ciao,\n", "front-matter")]
    [InlineData("---\nsubject: x\nfrom: y\n---\nCiao,\n", "front-matter")]
    [InlineData("---\ntitle: x\n---\nCiao,\n", "front-matter")]
    [InlineData("", "front-matter")]
    public void A_source_has_its_subject_in_front(string source, string rule) => Lint(source).ShouldHaveSingleItem().Rule.ShouldBe(rule);

    [Fact]
    public void An_empty_subject_is_none() =>
        Lint("---\nsubject:\n---\n{{> greeting}}\n\nL'ordine {{order}}\n").ShouldHaveSingleItem().Rule.ShouldBe("front-matter");

    [Fact]
    public void A_source_has_its_limit()
    {
        Rules(new string('x', Linter.MostCharacters)).ShouldBe(["size"]);
        Rules(new string('x', Linter.MostCharacters - 200)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{{#if name}}", 1500, "x", "{{/if}}")]
    [InlineData("{{#each lines}}{{else}}", 1000, "x", "{{/each}}")]
    [InlineData("{{else if name}}x", 1500, "", "")]
    [InlineData("> ", 5000, "x", "")]
    [InlineData("- ", 5000, "x", "")]
    public void Nobody_is_let_in_who_would_break_the_engine(string open, int times, string words, string close)
    {
        var all = string.Concat(Enumerable.Repeat(open, times)) + words + string.Concat(Enumerable.Repeat(close, times));
        var found = Lint(Source(open.StartsWith("{{else", StringComparison.Ordinal) ? $"{{{{#if name}}}}{all}{{{{/if}}}}" : all));
        found.ShouldContain(finding => finding.Rule == "syntax");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("![")]
    [InlineData("**a ")]
    [InlineData("`")]
    [InlineData("<!--")]
    [InlineData("{{!")]
    [InlineData("{{")]
    [InlineData("o/")]
    [InlineData("ciao ")]
    [InlineData("a,")]
    [InlineData("|")]
    public void However_odd_a_source_is_it_is_read_to_its_end(string piece)
    {
        var all = string.Concat(Enumerable.Repeat(piece, (Linter.MostCharacters - 200) / piece.Length));
        Should.CompleteIn(() => Lint(Source(all)), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Half_a_character_is_none() => Rules("a\ud83d b").ShouldBe(["syntax"]);

    [Fact]
    public void Findings_come_in_order_with_their_places_whatever_ends_the_lines()
    {
        const string Source =
            "---\r\nsubject: Caro cliente, {{nome}}\r\n---\r\n{{> greeting}}\r\n\r\nqui\r\n\r\n- uno\r\n- benvenuto/a [x](http://y.example)\r\n";
        Lint(Source).Select(found => (found.Line, found.Column, found.Rule)).ShouldBe(
            [(2, 10, "impersonal"), (2, 24, "unknown-variable"), (9, 3, "gendered"), (9, 15, "https")]);
    }

    [Fact]
    public void What_conditions_put_together_is_read_as_well() =>
        Rules("{{#if name}}Gentile{{else}}Il{{/if}} {{#if name}}cliente{{else}}pacco{{/if}} è qui").ShouldContain("impersonal");

    [Theory]
    [InlineData("{{shop}}: ordine {{order}} in consegna.", "")]
    [InlineData("{{shop}}: ordine in consegna.", "order-number")]
    [InlineData("Gentile cliente, ordine {{order}} in consegna.", "impersonal")]
    [InlineData("Benvenuto/a! Ordine {{order}}.", "gendered")]
    [InlineData("{{order}}: http://shop.example", "https")]
    [InlineData("{{order}} {{nome}}", "unknown-variable")]
    [InlineData("{{order}} {{> greeting}}", "unknown-partial")]
    [InlineData("{{order}} {{{shop}}}", "raw-value")]
    [InlineData("Ciao {{name}}, ordine {{order}}.", "greeting")]
    [InlineData("{{#if page}}{{order}} {{/if}}", "front-matter")]
    public void What_goes_as_a_text_is_held_to_the_same_rules_but_needs_no_name(string words, string rule) =>
        string.Join(' ', Lint($"---\nsubject: Ordine {{{{order}}}}\nshort: {words}\n---\n{{{{> greeting}}}}\n\nqui\n\nBottega\n")
            .Select(found => (found.Line, found.Rule)).Where(found => found.Rule != "order-number" || rule == "order-number")
            .Select(found => found.Line == 3 ? found.Rule : $"line {found.Line}").Distinct()).ShouldBe(rule);

    [Fact]
    public void A_text_that_is_too_long_is_refused() =>
        Lint($"---\nsubject: Ordine {{{{order}}}}\nshort: {{{{order}}}} {new string('x', 300)}\n---\n{{{{> greeting}}}}\n\nqui\n\nBottega\n")
            .ShouldHaveSingleItem().Rule.ShouldBe("short");

    private static string[] Rules(string words, string greeting = "{{> greeting}}") => [.. Lint(Source(words, greeting)).Select(found => found.Rule)];

    private static string Source(string words, string greeting = "{{> greeting}}") =>
        $"---\nsubject: Ordine {{{{order}}}}\n---\n{greeting}\n\n{words}\n\nBottega\n";

    private static IReadOnlyList<Finding> Lint(string source, MessageKind kind = MessageKind.ThankYou) => Linter.Lint(kind, "it", source);
}
