using System.Net;
using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Templating;

public sealed class OwnPartialsTests(PostgresFixture postgres)
{
    private const string Greeting = "/v1/templates/partials/greeting/it";
    private const string Signature = "/v1/templates/partials/signature/it";
    private const string Hello = "Buongiorno{{#if name}} {{name}}{{/if}},";
    private const string Warm = "Un caro saluto,\\\n{{shop}}\n";

    public static readonly TheoryData<string, string> Names = new(from id in PartialId.All select (id.Partial, id.Language));

    [Theory]
    [MemberData(nameof(Names))]
    public void What_we_write_ourselves_passes(string name, string language) => new PartialId(name, language).Lint(new PartialId(name, language).BuiltIn).ShouldBeEmpty();

    [Theory]
    [InlineData("greeting", "Gentile cliente,", "1 greeting,1 impersonal")]
    [InlineData("greeting", "Ciao,", "1 greeting")]
    [InlineData("greeting", "Ciao {{name}},", "1 greeting")]
    [InlineData("greeting", "Ciao{{#if name}} {{name}}{{/if}}, ecco l'ordine {{order}},", "1 greeting,1 unknown-variable")]
    [InlineData("greeting", "{{> greeting}}", "1 unknown-partial")]
    [InlineData("greeting", "{{#if name}}", "1 syntax")]
    [InlineData("greeting", "{{{name}}}", "1 raw-value")]
    [InlineData("greeting", " ", "1 text")]
    [InlineData("signature", "A presto,\n\ncari amici\n\n[noi](http://bottega.example)", "3 impersonal,5 https")]
    [InlineData("signature", "A presto,\\\nbenvenuto/a da <b>{{shop}}</b>", "2 gendered,2 html")]
    [InlineData("signature", "Il tuo abbonamento {{subscription}}", "1 unknown-variable")]
    public void What_would_break_a_message_is_found_with_its_line(string name, string source, string expected) =>
        new PartialId(name, "it").Lint(source).Select(finding => $"{finding.Line} {finding.Rule}").Order(StringComparer.Ordinal).ShouldBe(expected.Split(','));

    [Theory]
    [InlineData("Gentile {{> greeting}}\n\nche bello!", "greeting", "cliente{{#if name}} {{name}}{{/if}},", "4 impersonal With your own greeting: ")]
    [InlineData("{{> greeting}}\n\n{{> signature}}", "signature", "⭐⭐⭐", "4 text With your own signature: ")]
    [InlineData("{{> greeting}}\n\nche bello!", "signature", "⭐⭐⭐", null)]
    [InlineData("{{> greeting}}\n\nche bello!", "greeting", Hello, null)]
    public void Where_a_shop_s_own_words_meet_the_linter_looks_again(string body, string name, string partial, string? expected)
    {
        var template = new OwnTemplate(new TemplateId(MessageKind.ThankYou, "it"), $"---\nsubject: Evviva, ordine {{{{order}}}}\n---\n{body}\n");
        var own = new OwnPartial(new PartialId(name, "it"), partial);
        template.Id.Lint(template.Source).ShouldBeEmpty();
        own.Id.Lint(own.Source).ShouldBeEmpty();

        var inTemplate = Together.Lint(template, [own]);
        var inPartial = Together.Lint(own, [], [template]);

        if (expected is null)
        {
            inTemplate.Concat(inPartial).ShouldBeEmpty();
            return;
        }

        var found = inTemplate.ShouldHaveSingleItem();
        $"{found.Line} {found.Rule} {found.Reason}".ShouldStartWith(expected);
        inPartial.ShouldHaveSingleItem().ShouldBe(
            found with { Line = 1, Column = 1, Reason = $"In your own thank-you/it, line 4: {found.Reason[(found.Reason.IndexOf(": ", StringComparison.Ordinal) + 2)..]}" });
        Together.Lint(own, [own], [template]).ShouldBeEmpty();   // it is in use already, and the template's fault
    }

    [Fact]
    public void A_partial_is_no_essay() => new PartialId("signature", "en").Lint(new string('a', 2001)).ShouldHaveSingleItem().Rule.ShouldBe("size");

    [Fact]
    public async Task A_shop_greets_and_signs_in_its_own_words_in_ours_and_in_its_own_messages_until_it_takes_them_back()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Seen(Giulia, tenant: "other");

        (await messaging.Ask(Greeting, new SaveTemplate(Hello))).Location.ShouldBe("/v1/templates/partials/greeting/it?version=1");
        (await messaging.Ask(Signature, new SaveTemplate(Warm))).Status.ShouldBe(HttpStatusCode.Created);
        (await Sent("1")).ShouldSatisfyAllConditions(mail => mail.ShouldContain("Ciao Giulia,"), mail => mail.ShouldContain("A presto,"));   // drafts

        (await messaging.Ask($"{Greeting}/activate", new ActivateTemplate(1))).Status.ShouldBe(HttpStatusCode.OK);
        (await messaging.Ask($"{Signature}/activate", new ActivateTemplate(1))).Status.ShouldBe(HttpStatusCode.OK);
        (await Sent("2")).ShouldSatisfyAllConditions(mail => mail.ShouldContain("Buongiorno Giulia,"), mail => mail.ShouldContain("Un caro saluto,\r\nDemo"));
        (await Sent("2", "other")).ShouldContain("Ciao Giulia,");

        await messaging.Ask("/v1/templates/thank-you/it", new SaveTemplate("---\nsubject: Evviva, ordine {{order}}\n---\n{{> greeting}}\n\nche bello!\n\n{{~> signature~}}\n"));
        await messaging.Ask("/v1/templates/thank-you/it/activate", new ActivateTemplate(1));
        (await Sent("3")).ShouldSatisfyAllConditions(mail => mail.ShouldContain("Buongiorno Giulia,\r\n\r\nche bello!"), mail => mail.ShouldContain("Un caro saluto,"));
        (await messaging.Ask("/v1/templates/shipped/it/preview", new PreviewTemplate())).Text.ShouldContain("Buongiorno Giulia,");

        (await messaging.Ask($"{Greeting}/roll-back", new { })).Status.ShouldBe(HttpStatusCode.OK);
        (await Sent("4")).ShouldSatisfyAllConditions(mail => mail.ShouldContain("Ciao Giulia,"), mail => mail.ShouldContain("Un caro saluto,"));
        (await messaging.Ask($"{Greeting}/roll-back", new { })).Status.ShouldBe(HttpStatusCode.Conflict);
        (await messaging.StaffTasks()).ShouldBeEmpty();

        async Task<string> Sent(string order, string tenant = ServiceHost.Tenant)
        {
            await messaging.TellFor(tenant, For(order, Giulia));
            await messaging.Drain();
            return Encoding.ASCII.GetString(server.Sent.Last().Content.Span);
        }
    }

    [Fact]
    public async Task A_version_reads_as_it_was_written_and_what_is_refused_is_not_stored()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ask(Greeting, new SaveTemplate(Hello));
        await messaging.Ask(Greeting, new SaveTemplate(Hello));   // a repeat

        (await messaging.Ask(Greeting, new SaveTemplate("Gentile cliente,"))).Json.GetProperty("findings")[0].GetProperty("line").GetInt32().ShouldBe(1);
        (await messaging.Get<PartialText>($"{Greeting}?version=1")).Source.ShouldBe(Hello);
        var inUse = await messaging.Get<PartialText>(Greeting);
        (inUse.Version, inUse.Source).ShouldBe((0, Partials.Of("it")["greeting"]));
        inUse.Variables.ShouldBe(["name", "shop"]);
        foreach (var nowhere in new[] { $"{Greeting}?version=2", "/v1/templates/partials/cart/it", "/v1/templates/partials/greeting/fr" })
            (await messaging.Ask(nowhere)).Status.ShouldBe(HttpStatusCode.NotFound, nowhere);
        (await messaging.Ask($"{Greeting}/activate", new ActivateTemplate(2))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await messaging.Get<IReadOnlyList<PartialSummary>>("/v1/templates/partials")).Select(partial => (partial.Name, partial.Language, partial.Versions.Count))
            .ShouldBe([("greeting", "it", 1), ("greeting", "en", 0), ("signature", "it", 0), ("signature", "en", 0)]);
    }

    [Fact]
    public async Task Partials_that_can_not_be_written_cost_nobody_a_message_and_staff_is_told()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Given("template/partials/greeting/it", new TemplateSaved(1, "{{gone}},", Noon), new TemplateActivated(1, Noon));

        await messaging.Tell(For("1001", Giulia));
        await messaging.Drain();

        Encoding.ASCII.GetString(server.Sent.ShouldHaveSingleItem().Content.Span).ShouldContain("Ciao Giulia,");
        (await messaging.StaffTasks()).ShouldHaveSingleItem().ShouldBeOfType<RaiseStaffTask>().Kind.ShouldBe(StaffTaskKind.TemplateFailed);
        (await messaging.Ask($"{Greeting}/activate", new ActivateTemplate(1))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task What_is_wrong_only_with_a_shop_s_own_template_and_partial_together_is_never_put_to_use()
    {
        const string Shipped = "/v1/templates/shipped/it";
        const string Dear = "---\nsubject: Evviva, ordine {{order}}\n---\nGentile {{> greeting}}\n\nche bello!\n";
        await using var messaging = await Open(postgres);
        using var counts = new Counts("engagement.templates.refused", nameof(MessageKind.Shipped));
        (await messaging.Ask(Greeting, new SaveTemplate("cliente{{#if name}} {{name}}{{/if}},"))).Status.ShouldBe(HttpStatusCode.Created);
        (await messaging.Ask(Shipped, new SaveTemplate(Dear))).Status.ShouldBe(HttpStatusCode.Created);

        (await messaging.Ask($"{Greeting}/activate", new ActivateTemplate(1))).Status.ShouldBe(HttpStatusCode.OK);
        await Refused(Shipped, "With your own greeting: 'gentile cliente'");

        await messaging.Ask($"{Greeting}/roll-back", new { });
        (await messaging.Ask($"{Shipped}/activate", new ActivateTemplate(1))).Status.ShouldBe(HttpStatusCode.OK);
        await Refused(Greeting, "In your own shipped/it, line 4: 'gentile cliente'");

        (await messaging.Ask(Greeting, new SaveTemplate(Hello))).Status.ShouldBe(HttpStatusCode.Created);
        (await messaging.Ask($"{Greeting}/activate", new ActivateTemplate(2))).Status.ShouldBe(HttpStatusCode.OK);
        counts.Told.ShouldBe(["1 demo Shipped"]);

        async Task Refused(string path, string reason)
        {
            var answer = await messaging.Ask($"{path}/activate", new ActivateTemplate(1));
            answer.Status.ShouldBe(HttpStatusCode.BadRequest);
            answer.Json.GetProperty("findings")[0].GetProperty("reason").GetString()!.ShouldStartWith(reason);
            (await messaging.Ask(path)).Json.GetProperty("version").GetInt32().ShouldBe(0);
        }
    }
}
