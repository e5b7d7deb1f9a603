using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Templating;

public sealed class OwnWordsTests(PostgresFixture postgres)
{
    private const string Path = "/v1/templates/thank-you/it";
    private const string Own = "---\nsubject: Evviva, ordine {{order}}\n---\n{{> greeting}}\n\nche bella scelta!\n";
    private const string Other = "---\nsubject: Urrà, ordine {{order}}\n---\n{{> greeting}}\n\nche bella scelta!\n";
    private const string Refused = "---\nsubject: Ordine {{order}}\n---\nGentile cliente,\n\nbenvenuto/a\n";

    [Fact]
    public async Task A_shop_saves_its_words_puts_them_to_use_and_takes_them_back()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);

        var saved = await messaging.Ask(Path, new SaveTemplate(Own));
        saved.Status.ShouldBe(HttpStatusCode.Created);
        saved.Location.ShouldBe("/v1/templates/thank-you/it?version=1");
        (await SubjectOf("1001")).ShouldContain("Grazie");   // a draft

        (await messaging.Ask($"{Path}/activate", new ActivateTemplate(1))).Status.ShouldBe(HttpStatusCode.OK);
        (await SubjectOf("1002")).ShouldBe("Evviva, ordine 1002");
        (await messaging.Ask(Path, new SaveTemplate(Other))).Status.ShouldBe(HttpStatusCode.Created);
        (await SubjectOf("1003")).ShouldBe("Evviva, ordine 1003");
        (await messaging.Ask($"{Path}/activate", new ActivateTemplate(2))).Status.ShouldBe(HttpStatusCode.OK);
        (await SubjectOf("1004")).ShouldBe("=?utf-8?Q?Urr=C3=A0=2C_ordine_1004?=");

        var listed = (await messaging.Get<IReadOnlyList<TemplateSummary>>("/v1/templates")).Single(t => t is { Kind: "thank-you", Language: "it" });
        (listed.Active, listed.Nature).ShouldBe((2, MessageNature.Transactional));
        listed.Versions.Select(version => version.Version).ShouldBe([1, 2]);

        (await messaging.Ask($"{Path}/roll-back", new { })).Status.ShouldBe(HttpStatusCode.OK);
        (await SubjectOf("1005")).ShouldBe("Evviva, ordine 1005");
        (await messaging.Ask($"{Path}/roll-back", new { })).Status.ShouldBe(HttpStatusCode.OK);
        (await SubjectOf("1006")).ShouldContain("Grazie");
        var nothing = await messaging.Ask($"{Path}/roll-back", new { });
        (nothing.Status, nothing.Json.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "nothing-active"));
        (await messaging.StaffTasks()).ShouldBeEmpty();

        async Task<string> SubjectOf(string order)
        {
            await messaging.Tell(For(order, Giulia));
            await messaging.Drain();
            return SubjectOfMail(server.Sent.Last());
        }
    }

    [Fact]
    public async Task Words_that_the_linter_refuses_are_not_stored_and_each_fault_is_told()
    {
        const string Tenant = "refused-shop";
        await using var messaging = await Open(postgres);
        using var counts = new Counts("engagement.templates.refused", Tenant);

        var answer = await messaging.Ask(Path, new SaveTemplate(Refused), Tenant);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        answer.Json.GetProperty("findings").EnumerateArray().Select(f => (f.GetProperty("line").GetInt32(), f.GetProperty("rule").GetString()))
            .ShouldBe([(4, "greeting"), (4, "impersonal"), (6, "gendered")], ignoreOrder: true);
        answer.Json.GetProperty("findings")[0].GetProperty("reason").GetString().ShouldNotBeNullOrEmpty();
        (await messaging.Ask(Path, new { }, Tenant)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await messaging.Ask(Path, new SaveTemplate(new string('x', 300_000)), Tenant)).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await messaging.Ask($"{Path}/activate", new ActivateTemplate(1), Tenant)).Status.ShouldBe(HttpStatusCode.NotFound);
        counts.Told.ShouldBe([$"1 {Tenant} ThankYou", $"1 {Tenant} ThankYou"]);
        (await messaging.Scalar<long>("select count(*) from messaging.mt_events")).ShouldBe(0);
    }

    [Fact]
    public async Task A_version_reads_as_it_was_written_and_0_are_the_built_in_words()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ask(Path, new SaveTemplate(Own.ReplaceLineEndings("\r\n")));
        await messaging.Ask(Path, new SaveTemplate(Own));   // a repeat
        await messaging.Ask(Path, new SaveTemplate(Other));

        (await messaging.Get<TemplateText>($"{Path}?version=1")).Source.ShouldBe(Own);
        (await messaging.Get<TemplateText>($"{Path}?version=2")).Source.ShouldBe(Other);
        var inUse = await messaging.Get<TemplateText>(Path);
        (inUse.Version, inUse.Source).ShouldBe((0, Templates.SourceOf(MessageKind.ThankYou, "it")));
        inUse.Variables.ShouldBe(["lines", "name", "order", "page", "promised", "shop", "total"]);
        (await messaging.Ask($"{Path}?version=3")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await messaging.Ask("/v1/templates/thank-you/fr")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await messaging.Ask("/v1/templates/ThankYou/it")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await messaging.Get<IReadOnlyList<TemplateSummary>>("/v1/templates")).Count.ShouldBe(54);
    }

    [Fact]
    public async Task Of_many_who_save_at_once_each_has_a_version_of_its_own_or_is_told()
    {
        await using var messaging = await Open(postgres);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => messaging.Ask(Path, new SaveTemplate(Own.Replace("bella", $"bella{i}")))));

        answers.Select(answer => answer.Status).Distinct().ShouldBeSubsetOf([HttpStatusCode.Created, HttpStatusCode.Conflict]);
        var saved = answers.Count(answer => answer.Status == HttpStatusCode.Created);
        (await messaging.Stream("template/thank-you/it")).Cast<TemplateSaved>().Select(e => e.Version).ShouldBe(Enumerable.Range(1, saved));
        saved.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task What_one_process_activates_the_others_write_with_the_very_next_mail()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ask(Path, new SaveTemplate(Own));
        await messaging.Ask(Path, new SaveTemplate(Other));
        Writer[] processes = [ActivatorUtilities.CreateInstance<Writer>(messaging.Services), ActivatorUtilities.CreateInstance<Writer>(messaging.Services)];

        (await Subjects()).ShouldAllBe(subject => subject.StartsWith("Grazie"));
        await messaging.Ask($"{Path}/activate", new ActivateTemplate(1));
        (await Subjects()).ShouldBe(["Evviva, ordine 1001", "Evviva, ordine 1001"]);
        await messaging.Ask($"{Path}/activate", new ActivateTemplate(2));
        (await Subjects()).ShouldBe(["Urrà, ordine 1001", "Urrà, ordine 1001"]);
        await messaging.Ask($"{Path}/roll-back", new { });
        (await Subjects()).ShouldBe(["Evviva, ordine 1001", "Evviva, ordine 1001"]);

        async Task<string[]> Subjects() => await Task.WhenAll(processes.Select(async writer =>
        {
            await using var session = messaging.Services.GetRequiredService<IDocumentStore>().QuerySession(ServiceHost.Tenant);
            var message = new Message("message/x", MessageKind.ThankYou, "c-1", ThankYou.Occasion, ThankYou.Data, Noon);
            var shop = new Sender(ServiceHost.Tenant, "Demo", "ciao@demo.example");
            var inUse = await session.InUseAsync(Writer.WordsFor(message, "it", shop), default);
            return (await writer.WriteAsync(session, message, new Recipient(Name, Email, "it"), shop, new(), new(), inUse, default)).Mail.Subject;
        }));
    }

    [Theory]
    [InlineData("---\nsubject: x\n---\n{{> greeting}} {{gone}}\n")]   // as when a later release knows a variable no more
    [InlineData("---\nsubject: x\n---\n{{#if name}}\n")]
    [InlineData("no front matter")]
    public async Task Words_that_cannot_be_written_cost_nobody_a_message_and_staff_is_told_once(string broken)
    {
        const string Tenant = "broken-shop";
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia, tenant: Tenant);
        using var counts = new Counts("engagement.templates.fallbacks", Tenant);
        await messaging.GivenOf(Tenant, "template/thank-you/it", new TemplateSaved(1, broken, Noon), new TemplateActivated(1, Noon));

        await messaging.TellFor(Tenant, For("1001", Giulia), For("1002", Giulia));
        await messaging.Drain();

        server.Sent.Select(SubjectOfMail).ShouldAllBe(subject => subject.Contains("Grazie"));
        server.Sent.Count.ShouldBe(2);
        (await messaging.StaffTasks()).ShouldBe(
        [
            new RaiseStaffTask(
                new("template-failed/thank-you/it/1"), StaffTaskKind.TemplateFailed, Urgency.High, null, "template/thank-you/it", Noon.AddHours(48), Noon),
        ]);
        messaging.Logs.Warnings.ShouldContain(line => line.Contains($"Version 1 of thank-you/it of shop {Tenant} can't be written"));

        counts.Told.ShouldBe([$"1 {Tenant} ThankYou", $"1 {Tenant} ThankYou"]);

        // Nor is it let in by the front door.
        await messaging.Ask($"{Path}/roll-back", new { }, Tenant);
        (await messaging.Ask($"{Path}/activate", new ActivateTemplate(1), Tenant)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Shops_do_not_share_their_words()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia, tenant: "other");
        await messaging.Ask(Path, new SaveTemplate(Own));
        await messaging.Ask($"{Path}/activate", new ActivateTemplate(1));

        await messaging.TellFor("other", ThankYou);
        await messaging.Drain();

        SubjectOfMail(server.Sent.Single()).ShouldContain("Grazie");
        (await messaging.Get<IReadOnlyList<TemplateSummary>>("/v1/templates", "other")).ShouldAllBe(
            template => template.Active == null && template.Versions.Count == 0);
    }

    [Fact]
    public async Task A_preview_shows_made_up_data_and_a_customer_s_name_for_the_answer_alone()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Drain();
        await messaging.KeepEveryRow();
        using var spans = new Spans();

        var sample = await Preview(new());
        sample.Subject.ShouldBe("Grazie, Giulia! Il tuo ordine A-1047 è confermato");
        sample.Text.ShouldContain("2 × Tazza in ceramica: 29,90 €");
        (await Preview(new(Name: ""))).Text.ShouldStartWith("Ciao,\n");
        (await Preview(new(Source: Own, Name: "Marco"))).Text.ShouldStartWith("Ciao Marco,\n\nche bella scelta!");
        (await Preview(new(Customer: Giulia))).Text.ShouldStartWith("Ciao Giulia,\n");
        (await messaging.Ask($"{Path}/preview", new PreviewTemplate(Source: Refused))).Json.GetProperty("findings").GetArrayLength().ShouldBe(3);
        (await messaging.Ask($"{Path}/preview", new PreviewTemplate(Customer: "c-9"))).Status.ShouldBe(HttpStatusCode.NotFound);
        await messaging.Services.GetRequiredService<Vault>().EraseAsync(ServiceHost.Tenant, Giulia);
        (await messaging.Ask($"{Path}/preview", new PreviewTemplate(Customer: Giulia))).Status.ShouldBe(HttpStatusCode.Gone);

        (await messaging.Scalar<long>("select count(*) from public.written")).ShouldBe(0);
        var told = string.Join('\n', spans.All.SelectMany(span => span.TagObjects).Select(tag => $"{tag.Value}").Concat(messaging.Logs.All));
        foreach (var word in new[] { "Giulia", "Marco", "Evviva", "bella scelta" }) told.ShouldNotContain(word);

        async Task<PreviewedMail> Preview(PreviewTemplate request) =>
            (await messaging.Ask($"{Path}/preview", request)).Json.Deserialize<PreviewedMail>(HttpJson.Options)!;
    }

    [Fact]
    public async Task A_preview_shows_what_a_customer_would_get_in_that_customer_s_language_and_zone_with_the_data_of_a_real_message()
    {
        await using var messaging = await Open(postgres, new FakeTransport());
        await messaging.Seen(Giulia, language: "en-GB");
        await messaging.Seen(Marco, language: "it");
        var vault = messaging.Services.GetRequiredService<Vault>();
        var words = await vault.SealAsync(ServiceHost.Tenant, Giulia, new PersonalWords("the cup can go into the dishwasher"));
        await messaging.Tell(ThankYou, new SendMessage(
            new("inquiry-reply/i-1"), MessageKind.InquiryReply, Giulia, new("inquiry/i-1", Noon), new InquiryAnswer(new InquiryId("i-1"), null, words)));
        await messaging.Drain();
        messaging.Clock.Advance(TimeSpan.FromDays(30));   // the promised day has gone by, but not when the message was asked for

        var thanks = await Preview(Path, new(Customer: Giulia, Message: ThankYou.Key));
        thanks.Language.ShouldBe("en");
        thanks.Text.ShouldSatisfyAllConditions(
            text => text.ShouldStartWith("Hello Giulia,\n"),
            text => text.ShouldContain("1001"),
            text => text.ShouldContain("2 × Tazza in ceramica: €29.90"),
            text => text.ShouldContain("Tuesday 20 January"),
            text => text.ShouldContain("https://shop.example/orders/sample"));   // not the link that works
        (await Preview("/v1/templates/inquiry-reply/it", new(Customer: Giulia, Message: "inquiry-reply/i-1"))).Text.ShouldContain("the cup can go into the dishwasher");
        (await Preview(Path, new(Version: 0, Customer: Giulia))).Language.ShouldBe("it");   // these very words
        (await Preview(Path, new(Customer: Marco))).Language.ShouldBe("it");

        foreach (var other in new PreviewTemplate[]
        {
            new(Customer: Marco, Message: ThankYou.Key), new(Message: ThankYou.Key), new(Customer: Giulia, Message: "inquiry-reply/i-1"), new(Customer: Giulia, Message: "x"),
        })
            (await messaging.Ask($"{Path}/preview", other)).Status.ShouldBe(HttpStatusCode.NotFound, $"{other.Message} to {other.Customer}");

        async Task<PreviewedMail> Preview(string path, PreviewTemplate request)
        {
            using var post = messaging.Sign(HttpMethod.Post, $"{path}/preview");
            post.Content = JsonContent.Create(request, options: HttpJson.Options);
            using var answer = await messaging.Client.SendAsync(post);
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
            return (await answer.Content.ReadFromJsonAsync<PreviewedMail>(HttpJson.Options))!;
        }
    }

    [Fact]
    public async Task A_test_is_a_message_of_its_own_to_whoever_asks()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Ask(Path, new SaveTemplate(Own));

        var taken = await messaging.Ask($"{Path}/test", new SendTestMessage("anna@bottega.example", "Anna Bianchi", Version: 1));
        await messaging.Ask("/v1/templates/cart-reminder/en/test", new SendTestMessage("anna@bottega.example"));
        await messaging.Ask("/v1/templates/inquiry-reply/it/test", new SendTestMessage("anna@bottega.example"));
        await messaging.Drain();

        taken.Status.ShouldBe(HttpStatusCode.Accepted);
        server.Sent.Select(mail => mail.To.Address).Distinct().ShouldBe(["anna@bottega.example"]);
        server.Sent.Select(SubjectOfMail).Order(StringComparer.Ordinal).ShouldBe(
            ["[Test] Evviva, ordine A-1047", "[Test] La risposta al tuo messaggio sull'ordine A-1047", "[Test] Your cart is still here"]);
        Encoding.ASCII.GetString(server.Sent.Single(mail => SubjectOfMail(mail).Contains("Evviva")).Content.Span).ShouldContain("Ciao Anna,");
        var subject = taken.Json.GetProperty("subject").GetString();
        var message = (await messaging.Get<IReadOnlyList<Message>>($"/v1/messages?subject={subject}")).ShouldHaveSingleItem();
        (message.State, message.Test).ShouldBe((MessageState.Sent, new TemplateTest("it", 1)));
        message.Customer.ShouldStartWith("tester-");
        (await messaging.StaffTasks()).ShouldBeEmpty();
        (await messaging.SentTo("gateway")).ShouldBeEmpty();   // it is no news for the shop's systems
        var kept = await messaging.Dump() + string.Join('\n', messaging.Logs.All);
        foreach (var word in new[] { "bottega.example", "Bianchi" }) kept.ShouldNotContain(word, Case.Insensitive);
    }

    [Fact]
    public async Task A_test_leaves_alone_what_the_same_person_is_as_a_customer()
    {
        await using var messaging = await Open(postgres, new FakeTransport());
        var guest = messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email);
        await messaging.Seen(guest, language: "en");
        await messaging.Drain();
        var before = await messaging.Load<Contact>(guest);

        await messaging.Ask($"{Path}/test", new SendTestMessage(Email, "Chef"));
        await messaging.Drain();

        Spec.Written([(await messaging.Load<Contact>(guest))!]).ShouldBe(Spec.Written([before!]));
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.BadRequest)]
    [InlineData("", null, HttpStatusCode.BadRequest)]
    [InlineData("anna", null, HttpStatusCode.BadRequest)]
    [InlineData("anna@bottega.example\r\nBcc: x@y.example", null, HttpStatusCode.BadRequest)]
    [InlineData("anna@bottega.example", 1, HttpStatusCode.NotFound)]
    public async Task A_test_to_nobody_or_of_nothing_is_refused(string? to, int? version, HttpStatusCode expected)
    {
        await using var messaging = await Open(postgres);
        var answer = await messaging.Ask($"{Path}/test", new SendTestMessage(to, Version: version));
        answer.Status.ShouldBe(expected);
        if (expected == HttpStatusCode.BadRequest) answer.Json.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe("/to");
        (await messaging.Scalar<long>("select count(*) from messaging.mt_events")).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_person_wrote_is_opened_when_the_mail_is_written()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        var vault = messaging.Services.GetRequiredService<Vault>();
        var words = await vault.SealAsync(ServiceHost.Tenant, Giulia, new PersonalWords("la tazza va in lavastoviglie"));
        var answer = new InquiryAnswer(new InquiryId("i-1"), null, words);
        var occasion = new Occasion("inquiry/i-1", Noon);

        await messaging.Tell(new SendMessage(new MessageKey("inquiry-reply/i-1"), MessageKind.InquiryReply, Giulia, occasion, answer));
        await messaging.Drain();

        Encoding.ASCII.GetString(server.Sent.ShouldHaveSingleItem().Content.Span).ShouldContain("la tazza va in lavastoviglie");
        (await messaging.Dump()).ShouldNotContain("lavastoviglie");
    }

    [Fact]
    public async Task Nothing_is_told_to_whoever_is_not_one_of_our_own_processes()
    {
        await using var messaging = await Open(postgres);
        using var answer = await messaging.Client.PostAsJsonAsync(Path, new SaveTemplate(Own));
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static string SubjectOfMail(OutgoingMail mail) =>
        Encoding.ASCII.GetString(mail.Content.Span).Split("\r\n").First(line => line.StartsWith("Subject: ", StringComparison.Ordinal))["Subject: ".Length..];
}

internal sealed record TemplateAnswer(HttpStatusCode Status, string? Location, string Text)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Text);
}

internal static class TemplateRequests
{
    /// <summary>What was saved and activated before, past the linter.</summary>
    public static Task Given(this ServiceHost messaging, string key, params object[] events) => messaging.GivenOf(ServiceHost.Tenant, key, events);

    public static async Task GivenOf(this ServiceHost messaging, string tenant, string key, params object[] events)
    {
        await using var session = messaging.Services.GetRequiredService<IDocumentStore>().LightweightSession(tenant);
        var stream = await session.Events.FetchForWriting<ShopTemplate>(key);
        stream.AppendMany(events);
        await session.SaveChangesAsync();
    }

    /// <summary>Posts a body, or gets without one, as one of our own processes.</summary>
    public static async Task<TemplateAnswer> Ask(this ServiceHost messaging, string path, object? body = null, string tenant = ServiceHost.Tenant)
    {
        using var request = messaging.Sign(body is null ? HttpMethod.Get : HttpMethod.Post, path, tenant);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: HttpJson.Options);
        using var answer = await messaging.Client.SendAsync(request);
        return new(answer.StatusCode, answer.Headers.Location?.ToString(), await answer.Content.ReadAsStringAsync());
    }
}
