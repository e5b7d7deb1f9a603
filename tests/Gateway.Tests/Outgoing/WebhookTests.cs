using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Gateway.Outgoing;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Outgoing;

public sealed class WebhookTests(PostgresFixture postgres)
{
    private const string Endpoints = "/v1/webhook-endpoints";
    private static readonly string[] Carts = ["cart.abandoned", "cart.recovered"];
    private static readonly string[] Late = ["order.late"];
    private static readonly string[] Unknown = ["order.late", "order.lost"];

    private static readonly MessageSent Sent = new(new MessageKey("thank-you/order-1001"), MessageKind.ThankYou, new CustomerId("c-1"), Spec.Noon);

    [Fact]
    public async Task A_shop_is_told_signed_as_the_specification_says_and_with_ids_only()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Open();
        var (_, secret) = await Make(gateway, receiver);

        await gateway.Tell(Sent);
        await gateway.Drain();

        var told = receiver.Told.ShouldHaveSingleItem();
        StandardWebhooks.Verify([secret], told.Id, told.Time, told.Signature, told.Body, gateway.Real.GetUtcNow()).ShouldBe(WebhookCheck.Valid);
        told.ContentType.ShouldBe("application/cloudevents+json; charset=utf-8");
        told.Text.ShouldBe(
            """
            {"specversion":"1.0","id":"message.sent/message/thank-you/order-1001/1768219200000","source":"/shops/demo","type":"message.sent",
            "subject":"message/thank-you/order-1001","time":"2026-01-12T12:00:00+00:00","datacontenttype":"application/json",
            "data":{"key":"thank-you/order-1001","kind":"thank-you","customer":"c-1"}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task Every_type_has_its_data_and_goes_where_it_is_wanted()
    {
        await using var all = await Receiver.Open();
        await using var some = await Receiver.Open();
        await using var gateway = await Open();
        await Make(gateway, all);
        await Make(gateway, some, Carts);

        await gateway.Tell(
            Sent,
            new MessageSuppressed(new("a/1"), MessageKind.ThankYou, new CustomerId("c-1"), "stale", Spec.Noon),
            new MessageFailed(new("a/2"), MessageKind.ThankYou, null, "unknown-customer", Spec.Noon),
            new OrderLate(new("1001"), new CustomerId("c-1"), new DateOnly(2026, 1, 10), Spec.Noon),
            new CartAbandoned(new("abc"), null, Spec.Noon),
            new CartRecovered(new("abc"), new CustomerId("c-1"), new OrderId("1001"), Spec.Noon),
            new PermissionChanged(new("c-1"), Purpose.Carts, Channel.Email, false, PermissionBasis.OneClick, Spec.Noon),
            new PermissionChanged(new("c-1"), Purpose.Carts, Channel.Sms, false, PermissionBasis.OneClick, Spec.Noon),   // a type and time, two things
            new SendingSwitched(true, "anna", Spec.Noon));
        await gateway.TellFor("other", Sent);
        await gateway.Drain();

        Data(all).ShouldBe(
        [
            """cart.abandoned {"cart":"abc"}""",
            """cart.recovered {"cart":"abc","customer":"c-1","order":"1001"}""",
            """message.failed {"key":"a/2","kind":"thank-you","reason":"unknown-customer"}""",
            """message.sent {"key":"thank-you/order-1001","kind":"thank-you","customer":"c-1"}""",
            """message.suppressed {"key":"a/1","kind":"thank-you","customer":"c-1","reason":"stale"}""",
            """order.late {"order":"1001","customer":"c-1","promisedOn":"2026-01-10"}""",
            """permission.changed {"customer":"c-1","purpose":"Carts","channel":"Email","granted":false,"basis":"OneClick"}""",
            """permission.changed {"customer":"c-1","purpose":"Carts","channel":"Sms","granted":false,"basis":"OneClick"}""",
            """sending.switched {"isStopped":true,"by":"anna"}""",
        ]);
        Data(some).ShouldBe(["""cart.abandoned {"cart":"abc"}""", """cart.recovered {"cart":"abc","customer":"c-1","order":"1001"}"""]);
        all.Told.Concat(some.Told).Select(told => told.Id).Distinct().Count().ShouldBe(11);   // an id per event and endpoint

        static string[] Data(Receiver receiver) => [.. receiver.Told.Select(told => JsonDocument.Parse(told.Text).RootElement)
            .Select(e => $"{e.GetProperty("type")} {e.GetProperty("data").GetRawText()}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task One_trace_leads_from_what_happened_to_the_shop()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Open();
        await Make(gateway, receiver);
        using var spans = new Spans();
        using var happened = new Activity("a handler of Messaging").SetIdFormat(ActivityIdFormat.W3C).Start();

        await gateway.Tell(Sent);
        happened.Stop();
        await gateway.Drain();

        string[] path = ["process MessageSent", "deliver webhook", "POST"];
        await gateway.Until(() => Task.FromResult(path.All(name => spans.Of(happened.TraceId).Any(span => span.DisplayName == name))), "the spans end");
        spans.Of(happened.TraceId).Single(span => span.DisplayName == "deliver webhook").GetTagItem("engagement.tenant").ShouldBe(ServiceHost.Tenant);
    }

    [Fact]
    public async Task What_is_heard_of_twice_is_told_once()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Open();
        await Make(gateway, receiver);

        await gateway.Tell(Sent, Sent);
        await gateway.Drain();
        await gateway.Tell(Sent);
        await gateway.Drain();

        receiver.Told.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_fails_is_tried_again_with_the_same_id_and_body_and_a_signature_of_its_own_time()
    {
        await using var receiver = await Receiver.Open(number => number switch
        {
            1 => HttpStatusCode.InternalServerError, 2 => HttpStatusCode.Found, 3 => HttpStatusCode.NotFound, _ => HttpStatusCode.OK,
        });
        await using var gateway = await Open();
        var (id, secret) = await Make(gateway, receiver);
        await gateway.Tell(Sent);
        await gateway.Drain();

        receiver.Told.Count.ShouldBe(4);
        receiver.Told.Select(told => (told.Id, told.Text)).Distinct().Count().ShouldBe(1);
        foreach (var told in receiver.Told)
            StandardWebhooks.Verify([secret], told.Id, told.Time, told.Signature, told.Body,
                DateTimeOffset.FromUnixTimeSeconds(long.Parse(told.Time, CultureInfo.InvariantCulture)))
                .ShouldBe(WebhookCheck.Valid);
        var times = receiver.Told.Select(told => long.Parse(told.Time, CultureInfo.InvariantCulture)).ToArray();
        // Draining moves the clock a little beyond each wait, never less far.
        (times[1] - times[0]).ShouldBeInRange(4, 60);
        (times[2] - times[1]).ShouldBeInRange(4 * 60, 7 * 60);
        (times[3] - times[2]).ShouldBeInRange(24 * 60, 37 * 60);
        var log = (await Log(gateway, id)).ShouldHaveSingleItem();
        (log.State, log.Attempts, log.LastStatus, log.LastError, log.NextAttemptAt).ShouldBe((WebhookState.Delivered, 4, 200, null, null));
    }

    [Fact]
    public async Task Who_asks_for_little_patience_gets_no_less_than_the_schedule()
    {
        await using var receiver = await Receiver.Open((number, context) =>
        {
            context.Response.StatusCode = (int)(number < 3 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            context.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        });
        await using var gateway = await Open();
        await Make(gateway, receiver);
        await gateway.Tell(Sent);
        await gateway.Drain();

        var times = receiver.Told.Select(told => long.Parse(told.Time, CultureInfo.InvariantCulture)).ToArray();
        times.Length.ShouldBe(3);
        (times[2] - times[1]).ShouldBeGreaterThanOrEqualTo(4 * 60);
    }

    [Fact]
    public void The_schedule_is_the_specification_s()
    {
        var options = new DeliveryWorkerOptions();
        WebhookChannel.Configure(options);

        options.Waits.Select(wait => wait.TotalMinutes).ShouldBe([5.0 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440]);
        options.AttemptLimit.ShouldBeInRange(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task What_never_works_is_given_up_and_said_to_be_so_and_can_be_replayed()
    {
        var works = false;
        await using var receiver = await Receiver.Open(_ => works ? HttpStatusCode.OK : HttpStatusCode.BadGateway);
        await using var gateway = await Open();
        var (id, _) = await Make(gateway, receiver);
        await gateway.Tell(Sent);
        await gateway.Drain();

        receiver.Told.Count.ShouldBe(10);
        var log = (await Log(gateway, id)).ShouldHaveSingleItem();
        (log.State, log.Attempts, log.LastStatus, log.LastError).ShouldBe((WebhookState.GivenUp, 10, 502, "http 502"));

        works = true;
        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/deliveries/{log.Id}/replay")).Then(HttpStatusCode.Accepted);
        await gateway.Drain();
        receiver.Told.Select(told => told.Id).Distinct().ShouldBe([log.Id]);
        log = (await Log(gateway, id)).ShouldHaveSingleItem();
        (log.State, log.Attempts).ShouldBe((WebhookState.Delivered, 11));
        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/deliveries/msg_unknown/replay"))
            .ThenProblem(HttpStatusCode.NotFound).Get("title").ShouldBe("There is no such delivery.");
    }

    [Fact]
    public async Task What_waits_for_its_next_attempt_is_sent_at_once_when_it_is_replayed()
    {
        await using var receiver = await Receiver.Open(number => number == 1 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        await using var gateway = await Open();
        var (id, _) = await Make(gateway, receiver);
        await gateway.Tell(Sent);
        await gateway.Until(async () => await Log(gateway, id) is [{ Attempts: 1 } one] && one.NextAttemptAt > gateway.Real.GetUtcNow(), "it waits");

        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/replay", new { from = Spec.Noon.AddDays(-1) })).Then(HttpStatusCode.Accepted);
        await gateway.Until(() => Task.FromResult(receiver.Told.Count == 2), "it is sent");
    }

    [Fact]
    public async Task What_happened_within_a_time_is_sent_again()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Open();
        var (id, _) = await Make(gateway, receiver);
        for (var i = 0; i < 5; i++) await gateway.Tell(Sent with { Key = new($"a/{i}"), At = Spec.Noon.AddMinutes(i) });
        await gateway.Drain();

        var replayed = await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/replay", new { from = Spec.Noon.AddMinutes(1), to = Spec.Noon.AddMinutes(3) });
        replayed.Then(HttpStatusCode.Accepted).Text.ShouldBe("""{"count":2,"next":null}""");
        await gateway.Drain();

        receiver.Told.GroupBy(told => told.Id).Select(told => told.Count()).Order().ShouldBe([1, 1, 1, 2, 2]);
        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/replay", new { from = Spec.Noon, state = "GivenUp" })).Text.ShouldBe("""{"count":0,"next":null}""");
        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/replay", new { })).ThenProblem(HttpStatusCode.BadRequest).Fields().ShouldBe(["/from required"]);
        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/replay", new { from = Spec.Noon, to = Spec.Noon })).ThenProblem(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_is_disabled_until_the_shop_enables_it()
    {
        await using var receiver = await Receiver.Open(number => number == 1 ? HttpStatusCode.Gone : HttpStatusCode.OK);
        await using var gateway = await Open();
        var (id, _) = await Make(gateway, receiver);

        await gateway.Tell(Sent, Sent with { Key = new("a/1") });
        await gateway.Drain();

        receiver.Told.Count.ShouldBeLessThanOrEqualTo(2);   // the second may have been under way
        var endpoint = await gateway.Call(HttpMethod.Get, $"{Endpoints}/{id}");
        (endpoint.Get("enabled"), endpoint.Get("disabledReason")).ShouldBe(("False", "gone"));
        (await Log(gateway, id)).ShouldContain(log => log.State == WebhookState.GivenUp && log.LastStatus == 410);
        var before = receiver.Told.Count;
        await gateway.Tell(Sent with { Key = new("a/2") });
        await gateway.Drain();
        receiver.Told.Count.ShouldBe(before);
        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/replay", new { from = Spec.Noon })).ThenProblem(HttpStatusCode.Conflict).Get("code")
            .ShouldBe("endpoint-disabled");

        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/enable")).Then(HttpStatusCode.OK).Get("enabled").ShouldBe("True");
        await gateway.Tell(Sent with { Key = new("a/3") });
        await gateway.Drain();
        receiver.Told.Count.ShouldBe(before + 1);
    }

    [Fact]
    public async Task An_endpoint_that_has_moved_meanwhile_is_not_disabled_by_its_old_address()
    {
        await using var gateway = await Open();
        await using var moved = await Receiver.Open();
        var endpoint = "";
        await using var receiver = await Receiver.Open(async (_, context) =>
        {
            (await gateway.Call(HttpMethod.Put, $"{Endpoints}/{endpoint}", new { url = moved.Url })).Then(HttpStatusCode.OK);
            context.Response.StatusCode = (int)HttpStatusCode.Gone;
        });
        endpoint = (await Make(gateway, receiver)).Id;

        await gateway.Tell(Sent);
        await gateway.Drain();

        (await gateway.Call(HttpMethod.Get, $"{Endpoints}/{endpoint}")).Get("enabled").ShouldBe("True");
    }

    [Fact]
    public async Task While_its_secret_is_replaced_both_sign_and_then_only_the_new_one()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Open();
        var (id, old) = await Make(gateway, receiver);
        var next = (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/rotate-secret")).Then(HttpStatusCode.OK).Get("secret")!;

        await gateway.Tell(Sent);
        await gateway.Drain();
        gateway.Real.Advance(TimeSpan.FromHours(24));
        await gateway.Tell(Sent with { Key = new("a/2") });
        await gateway.Drain();

        Checks(receiver.Told[0]).ShouldBe((WebhookCheck.Valid, WebhookCheck.Valid));
        Checks(receiver.Told[1]).ShouldBe((WebhookCheck.WrongSignature, WebhookCheck.Valid));
        (await gateway.Dump()).ShouldSatisfyAllConditions(
            dump => dump.ShouldNotContain(old["whsec_".Length..]),
            dump => dump.ShouldNotContain(next["whsec_".Length..]));
        (await gateway.Call(HttpMethod.Get, $"{Endpoints}/{id}")).Text.ShouldNotContain("secret");

        (WebhookCheck, WebhookCheck) Checks(Received told) => (Check(told, old), Check(told, next));
    }

    [Fact]
    public async Task A_secret_that_is_replaced_twice_keeps_the_time_it_was_promised()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Open();
        var (id, old) = await Make(gateway, receiver);
        for (var i = 0; i < 2; i++) (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/rotate-secret")).Then(HttpStatusCode.OK);   // an answer was lost

        await gateway.Tell(Sent);
        await gateway.Drain();

        Check(receiver.Told[0], old).ShouldBe(WebhookCheck.Valid);
    }

    private static WebhookCheck Check(Received told, string secret) => StandardWebhooks.Verify(
        [secret], told.Id, told.Time, told.Signature, told.Body, DateTimeOffset.FromUnixTimeSeconds(long.Parse(told.Time, CultureInfo.InvariantCulture)));

    [Fact]
    public async Task An_endpoint_is_changed_disabled_and_deleted_by_its_own_shop_alone()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Open();
        var (id, _) = await Make(gateway, receiver);

        foreach (var (method, path, body) in new (HttpMethod, string, object?)[]
        {
            (HttpMethod.Get, "", null), (HttpMethod.Put, "", new { url = receiver.Url }), (HttpMethod.Delete, "", null), (HttpMethod.Post, "/enable", null),
            (HttpMethod.Post, "/rotate-secret", null), (HttpMethod.Get, "/deliveries", null), (HttpMethod.Post, "/replay", new { from = Spec.Noon }),
        })
            (await gateway.Call(method, $"{Endpoints}/{id}{path}", body, OtherKey))
                .ThenProblem(HttpStatusCode.NotFound).Get("title").ShouldBe("There is no such endpoint.");
        (await gateway.Call(HttpMethod.Get, Endpoints, key: OtherKey)).Text.ShouldBe("[]");

        (await gateway.Call(HttpMethod.Put, $"{Endpoints}/{id}", new { url = receiver.Url, types = Late, description = "only trouble" }))
            .Then(HttpStatusCode.OK);
        await gateway.Tell(Sent);
        await gateway.Drain();
        receiver.Told.ShouldBeEmpty();
        (await gateway.Call(HttpMethod.Post, $"{Endpoints}/{id}/disable")).Then(HttpStatusCode.OK).Get("disabledReason").ShouldBe("by-shop");
        (await gateway.Call(HttpMethod.Delete, $"{Endpoints}/{id}")).Then(HttpStatusCode.NoContent);
        (await gateway.Call(HttpMethod.Get, $"{Endpoints}/{id}")).ThenProblem(HttpStatusCode.NotFound);
        (await gateway.Call(HttpMethod.Get, Endpoints)).Text.ShouldBe("[]");
    }

    [Fact]
    public async Task What_is_wrong_with_an_endpoint_is_listed()
    {
        await using var gateway = await Publishing.Open(postgres);

        (await gateway.Call(HttpMethod.Post, Endpoints, new { url = "http://shop.example/", types = Unknown, description = "\u0001" }))
            .ThenProblem(HttpStatusCode.BadRequest).Fields().ShouldBe(["/url invalid", "/types/1 unknown", "/description invalid"]);
        (await gateway.Call(HttpMethod.Post, Endpoints, new { url = "https://shop.example/", secret = "mine" })).ThenProblem(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_name_that_leads_into_our_own_network_is_not_connected_to()
    {
        await using var receiver = await Receiver.Open();
        await using var gateway = await Publishing.Open(postgres);   // not in development
        var (id, _) = await Make(gateway, receiver, url: "https://shop.example/");
        // As when the name changed its mind after it was checked.
        await gateway.Execute($"update gateway.mt_doc_webhookendpoint set data = jsonb_set(data, '{{Url}}', '\"http://localhost:{new Uri(receiver.Url).Port}/hooks\"')");

        await gateway.Tell(Sent);
        await gateway.Drain();

        receiver.Told.ShouldBeEmpty();
        var log = (await Log(gateway, id)).ShouldHaveSingleItem();
        (log.State, log.LastError).ShouldBe((WebhookState.GivenUp, "address-not-allowed"));
    }

    [Fact]
    public async Task A_slow_endpoint_gets_four_at_once_and_leaves_room_for_the_others()
    {
        var (open, most, now) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0, 0);
        await using var slow = await Receiver.Open(async (_, context) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await open.Task;
            Interlocked.Decrement(ref now);
            context.Response.StatusCode = 204;
        });
        await using var quick = await Receiver.Open();
        await using var gateway = await Open();
        await Make(gateway, slow, Carts);
        await Make(gateway, quick, Late);

        for (var i = 0; i < 50; i++) await gateway.Tell(new CartAbandoned(new($"c{i}"), null, Spec.Noon));
        await gateway.Tell(new OrderLate(new("1"), null, new DateOnly(2026, 1, 10), Spec.Noon));

        await gateway.Until(() => Task.FromResult(quick.Told.Count == 1 && slow.Told.Count == 4), "the others are told");
        open.SetResult();
        await gateway.Until(
            () =>
            {
                gateway.Real.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(slow.Told.Count == 50);
            },
            "it gets them all");
        most.ShouldBe(4);
        slow.Told.Select(told => told.Id).Distinct().Count().ShouldBe(50);
    }

    private Task<ServiceHost> Open() => Publishing.Open(postgres, services: services => services.AddSingleton(new PublicAddresses(AnyAddress: true)));

    private static async Task<(string Id, string Secret)> Make(ServiceHost gateway, Receiver receiver, string[]? types = null, string? url = null)
    {
        var made = (await gateway.Call(HttpMethod.Post, Endpoints, new { url = url ?? receiver.Url, types })).Then(HttpStatusCode.Created);
        return (made.Get("id")!, made.Get("secret")!);
    }

    private static async Task<DeliveryShown[]> Log(ServiceHost gateway, string endpoint) =>
        (await gateway.Call(HttpMethod.Get, $"{Endpoints}/{endpoint}/deliveries")).Then(HttpStatusCode.OK).Json.Deserialize<DeliveryShown[]>(HttpJson.Options)!;
}
