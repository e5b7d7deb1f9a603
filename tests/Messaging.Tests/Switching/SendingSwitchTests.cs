using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Switching;
using Engagement.Messaging.Tests.Permitting;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;
using static Engagement.Messaging.Tests.Permitting.Marketing;

namespace Engagement.Messaging.Tests.Switching;

public sealed class SendingSwitchTests(PostgresFixture postgres)
{
    private static readonly Spec<SendingSwitch> Shop = new("sending", (sending, message, now) => (message switch
    {
        StopSending stop => (object?)StopSendingHandler.Decide(sending, stop, now),
        ResumeSending resume => ResumeSendingHandler.Decide(sending, resume, now),
        _ => throw new ArgumentOutOfRangeException(nameof(message)),
    }) is { } e ? [e] : []);

    [Fact]
    public void Whoever_stops_or_resumes_what_is_so_already_changes_nothing() => Shop
        .When(new ResumeSending("anna")).ThenNothing()
        .When(new StopSending("anna", "wrong prices")).Then(new SendingStopped("anna", "wrong prices", Noon))
        .When(new StopSending("marco", null), Noon.AddHours(1)).ThenNothing()
        .When(new ResumeSending("marco"), Noon.AddHours(2)).Then(new SendingResumed("marco", Noon.AddHours(2)))
        .When(new ResumeSending("marco")).ThenNothing()
        .ThenState(new SendingSwitch("sending") { By = "marco", At = Noon.AddHours(2), Stops = 1 });

    [Fact]
    public async Task While_it_is_stopped_everything_is_taken_and_held_and_it_is_said_everywhere()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();

        (await Switch(messaging, "stop", """{"by":"anna","reason":"wrong prices"}""")).ShouldBe(
            (HttpStatusCode.OK, """{"isStopped":true,"since":"2026-01-12T12:00:00+00:00","by":"anna","reason":"wrong prices","held":0}"""));
        await Switch(messaging, "stop", """{"by":"marco"}""");
        await messaging.TellAndDrain(ThankYou, Reminder(), For("1002", Giulia));

        messaging.Mails().ShouldBeEmpty();
        (await messaging.FateOf(ThankYou)).ShouldBe("Held switch");
        (await messaging.FateOf(Reminder())).ShouldBe("Held switch");
        (await messaging.Get<SendingNow>("/v1/sending")).ShouldBe(new SendingNow(true, Noon, "anna", "wrong prices", 3));
        (await Header(messaging)).ShouldBe("stopped");
        await ThenWarned(messaging, ServiceHost.Tenant);
        (await messaging.StaffTasks()).ShouldBe(
            [new RaiseStaffTask(new("sending-stopped/1"), StaffTaskKind.SendingStopped, Urgency.High, null, "sending", Noon.AddHours(1), Noon)]);
        (await Told(messaging)).ShouldBe([new SendingSwitched(true, "anna", Noon)]);
    }

    [Fact]
    public async Task Let_go_they_leave_in_the_order_they_were_asked_for_and_what_has_become_stale_does_not()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Ready();
        await Switch(messaging, "stop", """{"by":"anna"}""");
        string[] orders = ["30", "10", "20", "05", "40"];
        await messaging.TellAndDrain(For("stale", Giulia));
        messaging.Clock.Advance(TimeSpan.FromHours(2));
        foreach (var order in orders)
        {
            await messaging.TellAndDrain(Fresh(order));
            messaging.Clock.Advance(TimeSpan.FromSeconds(61));
        }

        await messaging.KeepEveryRow();
        messaging.Clock.Advance(TimeSpan.FromHours(70));
        await messaging.Drain();
        (await messaging.Timers()).ShouldBeEmpty();
        server.Sent.ShouldBeEmpty();
        await Switch(messaging, "resume", """{"by":"marco"}""");
        await messaging.Drain();

        server.Sent.Select(mail => mail.MessageId.Split('.')[1]).ShouldBe(orders.Select(order => $"order-{order}"), ignoreOrder: true);
        (await Due(messaging)).ShouldBe(orders.Select(order => $"message/thank-you/order-{order}"));
        (await messaging.FateOf(For("stale", Giulia))).ShouldBe("Suppressed stale");
        (await messaging.Get<SendingNow>("/v1/sending")).ShouldBe(new SendingNow(false, messaging.Clock.GetUtcNow(), "marco", null, 0));
        (await Header(messaging)).ShouldBeNull();
        (await Told(messaging)).ShouldBe([new SendingSwitched(true, "anna", Noon), new SendingSwitched(false, "marco", messaging.Clock.GetUtcNow())]);
        (await messaging.StaffTasks()).Last().ShouldBe(
            new WithdrawStaffTask(new("sending-stopped/1"), WithdrawalReason.SendingResumed, messaging.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task More_than_a_page_goes_in_the_end_each_once()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await Switch(messaging, "stop", """{"by":"anna"}""");
        var count = (2 * LetHeldGoHandler.Page) + 5;
        await messaging.TellAndDrain([.. Enumerable.Range(0, count).Select(i => For($"{i}", Giulia))]);

        await Switch(messaging, "resume", """{"by":"anna"}""");
        await messaging.Drain();

        server.Sent.Select(mail => mail.MessageId).Distinct().Count().ShouldBe(count);
        server.Sent.Count.ShouldBe(count);
    }

    [Fact]
    public async Task One_that_can_not_be_let_go_stops_no_other()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Seen(Marco, "marco@mail.example");
        await Switch(messaging, "stop", """{"by":"anna"}""");
        foreach (var asked in new[] { For("30", Giulia), For("05", Marco), For("10", Giulia), For("20", Marco), For("40", Giulia) })
        {
            await messaging.TellAndDrain(asked);
            messaging.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await messaging.Execute("update messaging.mt_doc_message set data = data || '{\"Kind\":\"Unheard\"}' where id = 'message/thank-you/order-10'");
        await messaging.KeepEveryRow();
        await Switch(messaging, "resume", """{"by":"anna"}""");
        await messaging.Until(() => Task.FromResult(server.Sent.Count == 4), "the others have left");

        (await Due(messaging)).ShouldBe(["message/thank-you/order-30", "message/thank-you/order-05", "message/thank-you/order-20", "message/thank-you/order-40"]);
        await messaging.Until(
            async () =>
            {
                messaging.Real.Advance(TimeSpan.FromSeconds(10));   // to its next retry
                return await messaging.Scalar<long>("select count(*) from bus.messaging_dead_letters") > 0;
            },
            "it is given up");
        (await messaging.Scalar<string>("select string_agg(message_type, ' ') from bus.messaging_dead_letters")).ShouldBe(typeof(PassHeld).FullName);
        (await messaging.Get<SendingNow>("/v1/sending")).Held.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_let_go_keeps_to_a_customer_s_pace()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await Switch(messaging, "stop", """{"by":"anna"}""");
        await messaging.TellAndDrain(Reminder(), Reminder(kind: MessageKind.CartQuestion), Reminder("other"));
        await Switch(messaging, "resume", """{"by":"anna"}""");
        await messaging.Drain();

        (await Task.WhenAll(new[] { Reminder(), Reminder(kind: MessageKind.CartQuestion), Reminder("other") }.Select(messaging.FateOf)))
            .ShouldBe(["Sent", "Deferred capped", "Suppressed another-flow"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_mail_on_its_way_is_stopped_before_the_final_dot_and_goes_when_it_is_let_go()
    {
        ServiceHost messaging = null!;
        var server = new SlowTransport(beforeDot: async attempt =>
        {
            if (attempt == 1) await Switch(messaging, "stop", """{"by":"anna"}""");
        });
        await using var _ = messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);

        await messaging.TellAndDrain(ThankYou);
        server.Sent.ShouldBeEmpty();
        (await messaging.FateOf(ThankYou)).ShouldBe("Held switch");
        await Switch(messaging, "resume", """{"by":"anna"}""");
        await messaging.Drain();

        server.Sent.Count.ShouldBe(1);
        (await messaging.FateOf(ThankYou)).ShouldBe("Sent");
    }

    [Fact]
    public async Task What_was_held_by_somebody_who_had_not_seen_that_it_goes_on_goes_a_minute_later()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Drain();

        // As by a transaction that read the switch before the others were let go, and was committed after.
        await using (var session = messaging.Services.GetRequiredService<IDocumentStore>().LightweightSession(ServiceHost.Tenant))
        {
            session.Events.StartStream<Message>(
                "message/thank-you/order-1001", new MessageRequested(ThankYou.Kind, Giulia, ThankYou.Occasion, ThankYou.Data, Noon), new MessageHeld(Noon));
            await session.SaveChangesAsync();
        }

        await messaging.TellAndDrain(new HeldForAMinute(ThankYou.Key, Giulia), new HeldForAMinute(ThankYou.Key, Giulia));
        messaging.Clock.Advance(TimeSpan.FromSeconds(60));
        await messaging.Drain();

        messaging.Mails().Length.ShouldBe(1);
    }

    [Fact]
    public async Task What_left_and_is_said_to_have_left_only_when_it_was_held_by_another_instance_is_not_sent_again()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await Switch(messaging, "stop", """{"by":"anna"}""");
        await messaging.TellAndDrain(ThankYou);

        await using (var scope = messaging.Services.CreateAsyncScope())
        {
            var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
            bus.TenantId = ServiceHost.Tenant;
            var attempted = new Attempted(new("guest-5f"), "it", MessageId: "thank-you.order-1001.demo@demo.example");
            await bus.InvokeAsync(new MessageLeft("message/thank-you/order-1001", attempted, new SqlStatement("select 1")));
        }

        await Switch(messaging, "resume", """{"by":"anna"}""");
        await messaging.Drain();
        server.Sent.ShouldBeEmpty();
        (await messaging.FateOf(ThankYou)).ShouldBe("Sent");
    }

    [Fact]
    public async Task Every_shop_that_is_stopped_is_told_of_in_the_log()
    {
        await using var messaging = await Open(postgres);
        await Switch(messaging, "stop", """{"by":"anna"}""");
        await Switch(messaging, "stop", """{"by":"marco"}""", "other");
        foreach (var shop in new[] { ServiceHost.Tenant, "other" })
        {
            await messaging.Seen(Giulia, tenant: shop);
            await messaging.TellFor(shop, ThankYou);
        }

        await messaging.Drain();

        foreach (var shop in new[] { ServiceHost.Tenant, "other" }) await ThenWarned(messaging, shop);
    }

    [Fact]
    public async Task A_gauge_says_which_shops_are_stopped()
    {
        ConcurrentQueue<string> told = new();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "engagement.sending.stopped") listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => told.Enqueue($"{value} {tags[0].Value}"));
        listener.Start();
        await using var messaging = await Open(postgres);
        await Switch(messaging, "stop", """{"by":"anna"}""", "stopped-shop");
        await Seen("1 stopped-shop");
        await Switch(messaging, "resume", """{"by":"anna"}""", "stopped-shop");
        await Seen("0 stopped-shop");

        Task Seen(string measure) => messaging.Until(
            () =>
            {
                told.Clear();
                messaging.Real.Advance(CountStopped.Pause);
                listener.RecordObservableInstruments();
                return Task.FromResult(told.Contains(measure));
            },
            measure);
    }

    [Fact]
    public async Task A_test_of_a_template_is_held_too()
    {
        await using var messaging = await Open(postgres);
        await Switch(messaging, "stop", """{"by":"anna"}""");
        using var request = messaging.Sign(HttpMethod.Post, "/v1/templates/offer/it/test");
        request.Content = JsonContent.Create(new { to = "anna@shop.example" });
        using (await messaging.Client.SendAsync(request))
        await messaging.Drain();
        messaging.Mails().ShouldBeEmpty();

        await Switch(messaging, "resume", """{"by":"anna"}""");
        await messaging.Drain();
        messaging.Mails().Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_shop_stops_itself_alone()
    {
        await using var messaging = await Open(postgres);
        await Switch(messaging, "stop", """{"by":"anna"}""", "other");
        await messaging.Seen(Giulia);
        await messaging.TellAndDrain(ThankYou);

        messaging.Mails().Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("{}", "/by")]
    [InlineData("""{"by":"anna@shop.example"}""", "/by")]
    [InlineData("""{"by":"two words"}""", "/by")]
    [InlineData("""{"by":"anna","reason":"wrong\u0000prices"}""", "/reason")]
    [InlineData("""{"by":"anna","reason":"giulia.rossi@mail.example complained"}""", "/reason")]
    public async Task Whoever_does_not_say_who_asks_is_refused(string body, string field)
    {
        await using var messaging = await Open(postgres);

        foreach (var action in new[] { "stop", "resume" })
        {
            var (status, answer) = await Switch(messaging, action, body);
            status.ShouldBe(HttpStatusCode.BadRequest);
            JsonDocument.Parse(answer).RootElement.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe(field);
        }

        (await messaging.Load<SendingSwitch>("sending")).ShouldBeNull();
    }

    private static SendMessage Fresh(string order) => For(order, Giulia) with { Occasion = new Occasion($"order/{order}", Noon.AddHours(2)) };

    /// <summary>In the order in which they are due to leave.</summary>
    private static async Task<string[]> Due(ServiceHost messaging) => (await messaging.Scalar<string>(
        "select string_agg(row::jsonb ->> 'id', ' ' order by row::jsonb ->> 'due_at') from public.written where row::jsonb ->> 'attempt' = '0'")).Split(' ');

    private static async Task<object[]> Told(ServiceHost messaging) =>
        [.. (await messaging.SentTo("gateway")).Select(queued => queued.Message).OfType<SendingSwitched>()];

    /// <summary>Once, just after the commit.</summary>
    private static async Task ThenWarned(ServiceHost messaging, string shop)
    {
        int Times() => messaging.Logs.Warnings.Count(line => line.Contains($"Sending is stopped for {shop}", StringComparison.Ordinal));
        await messaging.Until(() => Task.FromResult(Times() > 0), "it is said");
        Times().ShouldBe(1);
    }

    private static async Task<(HttpStatusCode Status, string Body)> Switch(ServiceHost messaging, string action, string body, string tenant = ServiceHost.Tenant)
    {
        using var request = messaging.Sign(HttpMethod.Post, $"/v1/sending/{action}", tenant);
        request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await messaging.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string?> Header(ServiceHost messaging)
    {
        using var answer = await messaging.Client.SendAsync(messaging.Sign(HttpMethod.Get, "/v1/messages"));
        return answer.Headers.TryGetValues("Engagement-Sending", out var values) ? values.Single() : null;
    }
}
