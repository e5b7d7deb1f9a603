using System.Net;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Tests.Templating;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Channels;

/// <summary>Texts, by the shop's own provider.</summary>
public sealed class TextTests(PostgresFixture postgres)
{
    private const string Settings = "/v1/settings/messaging";
    private static readonly string Secret = StandardWebhooks.NewSecret();
    private static readonly ContactDetails ByPhone = new(Name, null, "333 1234567");

    [Fact]
    public async Task Who_has_a_phone_and_no_mail_gets_a_text_signed_as_the_specification_says()
    {
        await using var provider = await Receiver.Open();
        await using var messaging = await Connected(provider);
        using var counts = new Counts("engagement.messages.sent", "sms");

        await messaging.See(Giulia, ByPhone);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var told = provider.Told.ShouldHaveSingleItem();
        StandardWebhooks.Verify([Secret], told.Id, told.Time, told.Signature, told.Body, messaging.Real.GetUtcNow()).ShouldBe(WebhookCheck.Valid);
        told.ContentType.ShouldBe("application/json; charset=utf-8");
        var text = JsonSerializer.Deserialize<TextToSend>(told.Body, JsonSerializerOptions.Web)!;
        (text with { Text = "" }).ShouldBe(new("message", "thank-you/order-1001", "thank-you", "+393331234567", "Giulia Rossi", "it", ""));
        text.Text.ShouldStartWith("Demo: grazie! Il pagamento del tuo ordine 1001 è arrivato e ci mettiamo subito al lavoro. https://shop.example/p/");
        text.Text.Length.ShouldBeLessThanOrEqualTo(300);
        var address = messaging.Services.GetRequiredService<CustomerIds>().ForPhone(ServiceHost.Tenant, "+393331234567");
        (await messaging.Stream("message/thank-you/order-1001")).Skip(1).ShouldBe(
            [new MessageReleased(Noon, Channel.Sms), new MessageComposed("it", 0, address, Noon), new MessageSent("thank-you/order-1001", Noon)]);
        (await messaging.SentTo("gateway")).Select(queued => queued.Message)
            .ShouldBe([new Contracts.MessageSent(ThankYou.Key, MessageKind.ThankYou, Giulia, Noon)]);
        messaging.Mails().ShouldBeEmpty();
        await messaging.Until(() => Task.FromResult(counts.Told.Count > 0), "it is counted, just after the commit");
        counts.Told.ShouldBe(["1 demo ThankYou sms"]);
    }

    [Fact]
    public async Task What_fails_is_tried_again_with_the_same_id_and_body_and_reported_by_our_key()
    {
        await using var provider = await Receiver.Open(number => number switch
        {
            1 => HttpStatusCode.BadGateway, 2 => HttpStatusCode.TooManyRequests, 3 => HttpStatusCode.Redirect, _ => HttpStatusCode.Accepted,
        });
        await using var messaging = await Connected(provider);
        await messaging.See(Giulia, ByPhone);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        provider.Told.Count.ShouldBe(4);
        provider.Told.Select(told => (told.Id, told.Text)).Distinct().Count().ShouldBe(1);
        await messaging.Tell(new ReportMessage(
            JsonDocument.Parse(provider.Told[0].Text).RootElement.GetProperty("id").GetString()!, MessageFate.Bounced, true, null, new Reported(Noon, Noon)));
        await messaging.Drain();
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.Bounced);

        await messaging.Tell(For("1002", Giulia));
        await messaging.Drain();
        (await messaging.Message(For("1002", Giulia)))!.Reason.ShouldBe("bounced");
        provider.Told.Count.ShouldBe(4);
    }

    [Fact]
    public async Task What_the_provider_refuses_and_what_has_no_usable_number_is_a_task_for_a_person()
    {
        await using var provider = await Receiver.Open(_ => HttpStatusCode.UnprocessableEntity);
        await using var messaging = await Connected(provider);
        await messaging.See(Giulia, ByPhone);
        await messaging.See(Marco, ByPhone with { Phone = "ask my wife" });

        await messaging.Tell(ThankYou);
        await messaging.Drain();
        await messaging.Tell(For("1002", Marco));
        await messaging.Drain();

        provider.Told.Count.ShouldBe(1);
        (await messaging.StaffTasks()).OfType<RaiseStaffTask>().Select(task => task.Key.Value)
            .ShouldBe(["undeliverable/thank-you/order-1001", "undeliverable/thank-you/order-1002"]);
    }

    [Fact]
    public async Task The_shop_s_list_goes_before_and_one_message_goes_one_way()
    {
        await using var provider = await Receiver.Open();
        await using var messaging = await Connected(provider, """{"thank-you":["sms","email"]}""");
        await messaging.See(Giulia, ByPhone with { Email = Email });
        await messaging.See(Marco, new(Name, Email));

        await messaging.Tell(For("1001", Giulia), For("1002", Marco));
        await messaging.Drain();

        provider.Told.ShouldHaveSingleItem().Text.ShouldContain("thank-you/order-1001");
        messaging.Mails().ShouldBe(["thank-you.order-1002.demo@demo.example"]);
    }

    [Fact]
    public async Task A_message_that_waits_goes_by_text_as_soon_as_there_is_a_number()
    {
        await using var provider = await Receiver.Open();
        await using var messaging = await Connected(provider);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        await messaging.See(Giulia, ByPhone);
        await messaging.Drain();

        provider.Told.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Where_only_a_person_can_call_a_person_is_asked_to_once_a_better_way_had_its_time()
    {
        await using var messaging = await Open(postgres);
        await messaging.See(Giulia, ByPhone);
        await messaging.Tell(ThankYou, new SendMessage(
            new("check-in/order-1001"), MessageKind.CheckIn, Giulia, ThankYou.Occasion, new OrderArrived(new OrderId("1001"))));
        await messaging.Drain();
        (await messaging.StaffTasks()).ShouldBeEmpty();

        await messaging.EndPatience();

        var task = TaskFor("call", StaffTaskKind.CallCustomer, Giulia, Noon.AddSeconds(60));
        (await messaging.StaffTasks()).ShouldContain(task);
        (await messaging.StaffTasks()).OfType<RaiseStaffTask>().Select(raised => raised.Key.Value)
            .ShouldBe(["call/thank-you/order-1001", "no-address/check-in/order-1001"], ignoreOrder: true);
        (await messaging.Message(ThankYou))!.ShouldSatisfyAllConditions(
            message => message.State.ShouldBe(MessageState.HandedToStaff), message => message.Reason.ShouldBe("call"));

        await messaging.Tell(new StaffTaskDone(task.Key, task.Kind, Giulia, StaffTaskOutcome.Solved, Noon));
        await messaging.Drain();
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.ClosedByStaff);
    }

    [Fact]
    public async Task What_staff_did_about_the_tasks_of_other_services_is_none_of_ours()
    {
        await using var messaging = await Open(postgres);

        await messaging.Tell(
            new StaffTaskDone(new("refund/order-1001"), (StaffTaskKind)99, Giulia, StaffTaskOutcome.Solved, Noon),
            new StaffTaskDone(new("x"), StaffTaskKind.Undeliverable, Giulia, StaffTaskOutcome.Solved, Noon));
        await messaging.Drain();

        (await messaging.Scalar<long>("select count(*) from bus.messaging_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task The_secret_is_sealed_never_shown_and_kept_where_it_is_said_to_be_set()
    {
        await using var messaging = await Open(postgres);
        await messaging.KeepEveryRow();
        var given = Json("https://sms.example/hooks", Secret);

        var answer = await Put(messaging, given);
        var again = await Put(messaging, answer.Text);

        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Text);
        JsonDocument.Parse(answer.Text).RootElement.GetProperty("sms").GetRawText().ShouldBe("""{"url":"https://sms.example/hooks","secret":"set"}""");
        again.Text.ShouldBe(answer.Text);
        (await messaging.Ask(Settings)).Text.ShouldBe(answer.Text);
        foreach (var text in new[] { await messaging.Dump(), string.Join('\n', messaging.Logs.All) })
            text.ShouldNotContain(Secret[StandardWebhooks.SecretPrefix.Length..]);

        foreach (var (url, secret, field) in new[]
        {
            ("http://sms.example/hooks", Secret, "/sms/url"), ("https://10.0.0.7/", Secret, "/sms/url"), ("https://sms.example/", "short", "/sms/secret"),
        })
        {
            var refused = await Put(messaging, Json(url, secret));
            (refused.Status, refused.Text.Contains(field, StringComparison.Ordinal)).ShouldBe((HttpStatusCode.BadRequest, true), refused.Text);
        }

        (await Put(messaging, "{}")).Text.ShouldContain("\"sms\":null");
        (await Put(messaging, Json("https://sms.example/", "set"))).Status.ShouldBe(HttpStatusCode.BadRequest);   // none is
    }

    [Fact]
    public async Task A_provider_in_our_own_network_is_not_called_whatever_its_name_says()
    {
        await using var provider = await Receiver.Open();
        await using var messaging = await Connected(provider);
        await using var guarded = await Open(postgres);
        var box = guarded.Services.GetRequiredService<SecretBox>();
        await using (var session = guarded.Services.GetRequiredService<IDocumentStore>().LightweightSession(ServiceHost.Tenant))
        {
            // As if the name had led elsewhere when it was set.
            var settings = new Messaging.Settings.MessagingSettings() with { Sms = new(provider.Url, box.Seal($"sms\n{ServiceHost.Tenant}", Secret)) };
            session.Events.StartStream<ShopSettings>(
                ShopSettings.Key, new SettingsChanged(JsonSerializer.SerializeToElement(settings, StoredJson.Options), Noon));
            await session.SaveChangesAsync();
        }

        await guarded.See(Giulia, ByPhone);
        await guarded.Tell(ThankYou);
        await guarded.Drain();

        provider.Told.ShouldBeEmpty();
        (await guarded.StaffTasks()).OfType<RaiseStaffTask>().ShouldHaveSingleItem().Kind.ShouldBe(StaffTaskKind.Undeliverable);
    }

    [Fact]
    public async Task Nothing_of_a_text_stands_in_a_row_a_log_line_or_a_span()
    {
        await using var provider = await Receiver.Open(number => number == 1 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        await using var messaging = await Connected(provider);
        await messaging.KeepEveryRow();
        using var spans = new Spans();

        await messaging.See(Giulia, ByPhone);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var told = string.Join('\n', spans.All.Select(span => $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)}"));
        foreach (var text in new[] { await messaging.Dump(), string.Join('\n', messaging.Logs.All), told })
            foreach (var word in new[] { "Giulia", "3331234567", "333 1234567", "grazie!" }) text.ShouldNotContain(word);
    }

    private async Task<ServiceHost> Connected(Receiver provider, string channels = "null")
    {
        var messaging = await Open(postgres, anyAddress: true);
        (await Put(messaging, Json(provider.Url, Secret, channels))).Status.ShouldBe(HttpStatusCode.OK);
        return messaging;
    }

    private static string Json(string url, string secret, string channels = "null") =>
        $$"""{"sms":{"url":"{{url}}","secret":"{{secret}}"},"channels":{{channels}}}""";

    private static async Task<(HttpStatusCode Status, string Text)> Put(ServiceHost messaging, string json)
    {
        using var request = messaging.Sign(HttpMethod.Put, Settings);
        request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await messaging.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
