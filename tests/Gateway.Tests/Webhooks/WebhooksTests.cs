using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Tests.Intake;
using Engagement.Gateway.Webhooks;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Gateway.Tests.Webhooks.Payloads;

namespace Engagement.Gateway.Tests.Webhooks;

/// <summary>Every shop can connect, and nobody else.</summary>
public sealed class WebhooksTests(PostgresFixture postgres)
{
    private static readonly (string Vendor, string Topic, JsonObject Body)[] OneOfEach =
    [
        ("shopify", "orders/create", ShopifyOrder()), ("woocommerce", "order.created", WooOrder()), ("custom", "", Shop.Event("order.paid")),
    ];

    [Fact]
    public async Task One_webhook_that_tells_several_facts_is_taken_in_one_commit_and_its_repeats_are_sent_to_nobody()
    {
        await using var gateway = await Webhook.Open(postgres);
        var paidAndShipped = ShopifyOrder().With(("/financial_status", "\"paid\""), ("/fulfillments", new JsonArray(ShopifyFulfillment()).ToJsonString()));

        (await gateway.Shopify("orders/updated", paidAndShipped)).ThenOk(accepted: 3);
        (await gateway.Shopify("orders/updated", paidAndShipped)).ThenOk(accepted: 3, repeats: 3);
        (await gateway.Shopify("orders/paid", paidAndShipped)).ThenOk(accepted: 3, repeats: 3);
        (await gateway.Shopify("fulfillments/create", ShopifyFulfillment())).ThenOk(accepted: 1, repeats: 1);

        (await gateway.SentTo("orders")).Select(queued => (queued.Message.GetType(), queued.Group, queued.Tenant)).ShouldBe(
        [
            (typeof(PlaceOrder), "order/5820001", ServiceHost.Tenant), (typeof(RecordPayment), "order/5820001", ServiceHost.Tenant),
                (typeof(ShipOrder), "order/5820001", ServiceHost.Tenant),
        ]);
        (await gateway.SentTo("messaging")).ShouldHaveSingleItem().Group.ShouldBe("customer/720001");
        (await gateway.Scalar<long>("""
            select count(distinct x) from (
                select xmin::text x from gateway.mt_doc_seenevent union all select xmin::text from bus.orders union all select xmin::text from bus.messaging) t
            """)).ShouldBe(1);
    }

    [Fact]
    public async Task An_older_version_that_comes_late_tells_its_facts_again_with_their_own_times()
    {
        await using var gateway = await Webhook.Open(postgres);

        (await gateway.Shopify("orders/paid", ShopifyOrder().With(("/financial_status", "\"paid\""),
            ("/updated_at", "\"2026-01-15T12:45:00+01:00\"")))).ThenOk(accepted: 2);
        (await gateway.Shopify("orders/create", ShopifyOrder())).ThenOk(accepted: 1);

        // Orders records an order once; for Messaging both contacts are as of the order's placement, and older than what was changed since.
        (await gateway.SentTo("messaging")).Select(queued => ((ContactSeen)queued.Message).Reported.OccurredAt)
            .ShouldBe([Shop.Noon.AddMinutes(-30), Shop.Noon.AddMinutes(-30)]);
    }

    [Fact]
    public async Task What_a_customer_gives_in_the_second_in_which_they_were_made_is_not_lost()
    {
        await using var gateway = await Webhook.Open(postgres);

        JsonObject Customer() => ShopifyCustomer().With("/email_marketing_consent", "null");

        (await gateway.Shopify("customers/create", Customer().With("/default_address", "null"))).ThenOk(accepted: 1);
        (await gateway.Shopify("customers/update", Customer())).ThenOk(accepted: 1);
        (await gateway.Shopify("customers/update", Customer())).ThenOk(accepted: 1, repeats: 1);
        (await gateway.Woo("customer.created", WooCustomer().With("/billing", "null"))).ThenOk(accepted: 1);
        (await gateway.Woo("customer.updated", WooCustomer())).ThenOk(accepted: 1);

        (await gateway.SentTo("messaging")).Select(queued => ((ContactSeen)queued.Message).HasAddress).ShouldBe([false, true, false, true]);
    }

    [Fact]
    public async Task A_custom_shop_s_webhooks_count_towards_its_limit_and_who_cannot_sign_uses_none_of_it_up()
    {
        await using var gateway = await Webhook.Open(postgres, ("Engagement:RateLimit:PerSecond", "0"), ("Engagement:RateLimit:Burst", "2"));
        for (var i = 0; i < 10; i++)
            (await gateway.Custom(Shop.Event("order.paid").ToJsonString(), secrets: [StandardWebhooks.NewSecret()])).Then(HttpStatusCode.Unauthorized);

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 12; i++) answers.Add((await gateway.Custom(Shop.Event("order.paid").ToJsonString(), id: $"msg_{i}")).Status);

        answers[0].ShouldBe(HttpStatusCode.Accepted);
        answers.ShouldContain(HttpStatusCode.TooManyRequests);
        (await gateway.Shopify("orders/create", ShopifyOrder())).Then(HttpStatusCode.OK);   // who does not come again is not sent away
    }

    [Fact]
    public async Task Who_cannot_sign_is_told_so_in_the_same_words_whether_or_not_there_is_such_a_shop_and_nothing_is_stored()
    {
        await using var gateway = await Webhook.Open(postgres);
        var refusals = new List<string>();
        foreach (var (vendor, topic, body) in OneOfEach)
        {
            foreach (var shop in new[] { ServiceHost.Tenant, "nobody", "other", "%0A", new string('x', 2000) })
            {
                foreach (var secret in new[] { "wrong", null, " " })
                    refusals.Add((await gateway.Send(vendor, shop, Encoding.UTF8.GetBytes(body.ToJsonString()), topic,
                        secret)).ThenProblem(HttpStatusCode.Unauthorized).Text);
            }

            refusals.Add((await gateway.Send(vendor, "nobody", Encoding.UTF8.GetBytes(body.ToJsonString()),
                topic)).ThenProblem(HttpStatusCode.Unauthorized).Text);
            refusals.Add((await gateway.Send(vendor, "nobody", "{"u8.ToArray(), topic)).ThenProblem(HttpStatusCode.Unauthorized).Text);
        }

        refusals.Add((await gateway.Custom(Shop.Event("order.paid").ToJsonString(),
            secrets: [StandardWebhooks.NewSecret()])).ThenProblem(HttpStatusCode.Unauthorized).Text);
        refusals.Add((await gateway.Custom(Shop.Event("order.paid").ToJsonString(), shop: "nobody")).ThenProblem(HttpStatusCode.Unauthorized).Text);

        refusals.Select(text => text[..text.IndexOf("\"traceId\"", StringComparison.Ordinal)]).Distinct().ShouldHaveSingleItem();
        (await gateway.Stored()).ShouldBe((0, 0, 0));
        (await gateway.Scalar<long>("select count(*) from gateway.mt_doc_keptwebhook")).ShouldBe(0);
    }

    [Fact]
    public void It_takes_as_long_to_refuse_a_shop_that_is_not_there_as_one_with_another_secret()
    {
        var body = new byte[CloudEventsReader.MostBytes];
        foreach (var vendor in Vendor.All)
        {
            var secret = vendor is SignedByStandard ? Webhook.CustomSecret : Webhook.Secret;
            var request = new DefaultHttpContext().Request;
            foreach (var (name, value) in new[]
                { ("X-Shopify-Hmac-Sha256", "x"), ("X-WC-Webhook-Signature", "x"), ("webhook-id", "x"),
                    ("webhook-timestamp", $"{Shop.Noon.ToUnixTimeSeconds()}"), ("webhook-signature", "v1,x") })
                request.Headers[name] = value;

            TimeSpan Takes(params string[] secrets)
            {
                var began = Stopwatch.GetTimestamp();
                vendor.Verify(request, body, secrets, Shop.Noon).ShouldBeFalse();
                return Stopwatch.GetElapsedTime(began);
            }

            // Side by side, so that what else the machine does befalls all alike; a hash more or less would be twice or half of it.
            var rounds = Enumerable.Range(0, 101).Select(_ => (None: Takes(), One: Takes(secret), Two: Takes(secret, secret))).ToArray();
            rounds.Select(round => round.One / round.None).Order().ElementAt(50).ShouldBeInRange(0.67, 1.5, vendor.Name);
            rounds.Select(round => round.Two / round.None).Order().ElementAt(50).ShouldBeInRange(0.67, 1.5, vendor.Name);
        }
    }

    [Fact]
    public async Task A_body_over_a_mebibyte_is_not_read()
    {
        await using var gateway = await Webhook.Open(postgres);
        var whole = Encoding.UTF8.GetBytes(ShopifyOrder().ToJsonString().PadRight(CloudEventsReader.MostBytes));

        (await gateway.Send("shopify", ServiceHost.Tenant, whole, "orders/create")).ThenOk(accepted: 1);
        foreach (var (vendor, topic, _) in OneOfEach)
            (await gateway.Send(vendor, ServiceHost.Tenant, [.. whole, (byte)' '], topic)).ThenProblem(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task What_is_signed_and_cannot_be_read_is_refused_with_its_place_and_kept_nowhere()
    {
        await using var gateway = await Webhook.Open(postgres);
        var line = ShopifyOrder()["line_items"]![0]!.ToJsonString();
        var order = ShopifyOrder().ToJsonString();
        foreach (var (body, topic, fault) in new[]
        {
            ("{", "orders/create", " invalid_json"), ("[]", "orders/create", " wrong_type"), ("", "checkouts/create", " invalid_json"),
                ("7", "checkouts/create", " wrong_type"),
            (order.Replace("\"59.90\",\"subtotal", "\"-59.90\",\"subtotal", StringComparison.Ordinal), "orders/create", "/total_price out_of_range"),
            (order.Replace("Torino", "\\ud800", StringComparison.Ordinal), "orders/create", "/customer/default_address/city unpaired_surrogate"),
            (order.Replace("Standard", "\\u0007", StringComparison.Ordinal), "orders/create", "/shipping_lines/0/title control_character"),
            (order.Replace("c0ffee", "\\b", StringComparison.Ordinal), "checkouts/create", "/checkout_token control_character"),
            (ShopifyOrder().With("/updated_at", "\"2026-01-15T12:05:01Z\"").ToJsonString(), "orders/create", "/updated_at in_the_future"),
            (ShopifyOrder().With("/line_items", "[]").ToJsonString().Replace("\"line_items\":[]",
                $"\"line_items\":[{string.Join(',', Enumerable.Repeat("{}", 10_000))}]", StringComparison.Ordinal), "orders/create", "/line_items too_many"),
            (new string('[', 100), "orders/create", string.Concat(Enumerable.Repeat("/0", 31)) + "/0 too_deep"),
        })
        {
            var answer = await gateway.Send("shopify", ServiceHost.Tenant, Encoding.UTF8.GetBytes(body), topic);
            answer.ThenProblem(HttpStatusCode.BadRequest).Json.GetProperty("errors").EnumerateArray()
                .Select(e => $"{e.GetProperty("field")} {e.GetProperty("code")}").ShouldContain(fault, answer.Text);
        }

        line.ShouldNotBeEmpty();
        (await gateway.Stored()).ShouldBe((0, 0, 0));
        (await gateway.Scalar<long>("select count(*) from gateway.mt_doc_keptwebhook")).ShouldBe(0);
    }

    [Fact]
    public async Task What_has_no_owner_yet_is_kept_once_encrypted_and_for_90_days_and_what_nobody_knows_is_only_counted()
    {
        await using var gateway = await Webhook.Open(postgres);
        await gateway.KeepEveryRow();

        (await gateway.Shopify("subscription_billing_attempts/success", ShopifyCheckout())).ThenOk(accepted: 0);
        (await gateway.Shopify("subscription_billing_attempts/success", ShopifyCheckout())).ThenOk(accepted: 0);
        (await gateway.Shopify("subscription_billing_attempts/failure", ShopifyCheckout())).ThenOk(accepted: 0);   // the same body, signed the same, says something else
        (await gateway.Shopify("customers/update", ShopifyCustomer())).ThenOk(accepted: 3);
        (await gateway.Shopify("subscription_contracts/create",
            new JsonObject { ["id"] = 9, ["customer_id"] = 720001, ["status"] = "active" })).ThenOk(accepted: 0);
        (await gateway.Shopify("products/update", new JsonObject { ["id"] = 1, ["title"] = "Giulia" })).ThenOk(accepted: 0);
        (await gateway.Send("shopify", ServiceHost.Tenant, "not even json"u8.ToArray(), "something/new")).ThenOk(accepted: 0);
        (await gateway.Send("woocommerce", ServiceHost.Tenant, "{}"u8.ToArray(), topic: null)).ThenOk(accepted: 0);

        var kept = (await gateway.AsShop(HttpMethod.Get, "/v1/webhooks/kept")).Json.EnumerateArray().ToArray();
        kept.Select(k => $"{k.GetProperty("topic")}").ShouldBe(
            ["subscription_billing_attempts/success", "subscription_billing_attempts/failure", "subscription_contracts/create"], ignoreOrder: true);
        var rows = await gateway.Dump();
        foreach (var text in new[] { rows, string.Join('\n', gateway.Logs.All) })
            foreach (var word in new[] { "Giulia", "Bianchi", "posta.example", "c0ffee", "390111234567", Webhook.Secret, Webhook.CustomSecret })
                text.Split('\n').FirstOrDefault(row => row.Contains(word, StringComparison.Ordinal)).ShouldBeNull(word);

        gateway.Clock.AdvanceTo(Shop.Noon.AddDays(89));
        await gateway.Until(() => Task.FromResult(gateway.Clock.ArmedTimers > 0), "the clean-up sleeps");
        (await gateway.Scalar<long>("select count(*) from gateway.mt_doc_keptwebhook")).ShouldBe(3);
        gateway.Clock.AdvanceTo(Shop.Noon.AddDays(90));
        await gateway.Until(
            async () =>
            {
                gateway.Clock.Advance(TimeSpan.FromMinutes(1));
                return await gateway.Scalar<long>("select count(*) from gateway.mt_doc_keptwebhook") == 0;
            },
            "what was kept is forgotten");
    }

    [Fact]
    public async Task A_customer_s_rights_are_a_duty_that_is_kept_until_it_is_done()
    {
        await using var gateway = await Webhook.Open(postgres);

        (await gateway.Shopify("customers/redact", ShopifyRedact())).ThenOk(accepted: 1);
        (await gateway.Shopify("customers/data_request", ShopifyRedact().With("/shop_id", "2"))).ThenOk(accepted: 0);
        (await gateway.Shopify("shop/redact", new JsonObject { ["shop_id"] = 1, ["shop_domain"] = "demo.myshopify.example" })).ThenOk(accepted: 0);

        gateway.Logs.Warnings.Count(line => line.Contains("must be done by 2026-02-14; it is under way", StringComparison.Ordinal)).ShouldBe(1);
        gateway.Logs.Warnings.Count(line => line.Contains("must be done by 2026-02-14; a person has to do it", StringComparison.Ordinal)).ShouldBe(2);
        string.Join('\n', gateway.Logs.All).ShouldNotContain("posta.example");
        gateway.Clock.AdvanceTo(Shop.Noon.AddDays(100));
        await gateway.Until(
            () =>
            {
                gateway.Clock.Advance(TimeSpan.FromMinutes(1));
                return Task.FromResult(gateway.Logs.Warnings.Any(line =>
                    line.Contains("3 requests of customers about their data wait", StringComparison.Ordinal)));
            },
            "somebody is reminded");

        var kept = (await gateway.AsShop(HttpMethod.Get, "/v1/webhooks/kept")).Json.EnumerateArray().ToArray();
        kept.ShouldAllBe(k => k.GetProperty("dueAt").GetDateTimeOffset() == Shop.Noon.AddDays(30));
        foreach (var duty in kept) (await gateway.AsShop(HttpMethod.Delete,
            $"/v1/webhooks/kept/{duty.GetProperty("id")}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await gateway.AsShop(HttpMethod.Get, "/v1/webhooks/kept")).Text.ShouldBe("[]");
    }

    [Fact]
    public async Task When_the_owner_stands_what_was_kept_goes_to_it_in_order_and_is_kept_no_longer()
    {
        await using var gateway = await Webhook.Open(postgres);
        await Keep(gateway, "b", "refunds/create", ShopifyRefund(2), minute: 2);
        await Keep(gateway, "a", "refunds/create", ShopifyRefund(1), minute: 1);
        await Keep(gateway, "c", "refunds/create", new JsonObject { ["id"] = "unreadable" }, minute: 3);
        await Keep(gateway, "d", "subscription_billing_attempts/success", ShopifyCheckout(), minute: 4);
        await Keep(gateway, "p", "customers/update#permission", ShopifyCustomer(), minute: 4);
        for (var i = 0; i < 250; i++) await Keep(gateway, $"e{i}", "orders/create", ShopifyOrder().With("/id", $"{i}"), minute: 5 + i);
        gateway.Clock.Advance(TimeSpan.FromDays(30));

        (await gateway.AsShop(HttpMethod.Post, "/v1/webhooks/kept/replay", key: Publishing.OtherKey)).Text.ShouldBe("""{"replayed":0,"unreadable":0}""");
        (await gateway.AsShop(HttpMethod.Post, "/v1/webhooks/kept/replay")).Text.ShouldBe("""{"replayed":253,"unreadable":1}""");
        (await gateway.AsShop(HttpMethod.Post, "/v1/webhooks/kept/replay")).Text.ShouldBe("""{"replayed":0,"unreadable":1}""");

        var sent = (await gateway.SentTo("orders")).Select(queued => queued.Message).ToArray();
        sent.OfType<RecordRefund>().Select(refund => (refund.Refund, refund.Reported.ReceivedAt)).ShouldBe([("1", Shop.Noon.AddMinutes(1)),
            ("2", Shop.Noon.AddMinutes(2))]);
        sent.OfType<PlaceOrder>().Select(order => order.Order.Value).ShouldBe(Enumerable.Range(0, 250).Select(i => $"{i}"));
        (await gateway.SentTo("messaging")).Select(queued => queued.Message).OfType<RecordPermission>()
            .Select(permission => (permission.Granted, permission.Reported.ReceivedAt))
            .ShouldBe(Enumerable.Repeat((true, Shop.Noon.AddMinutes(4)), 2));   // by id and by address
        (await gateway.AsShop(HttpMethod.Get, "/v1/webhooks/kept")).Json.EnumerateArray().Select(k => $"{k.GetProperty("id")}").ShouldBe(["c", "d"]);
    }

    [Fact]
    public async Task A_shop_connects_its_systems_replaces_secrets_and_disconnects()
    {
        await using var gateway = await Publishing.Open(postgres);
        async Task<HttpStatusCode> Told(string secret) => (await gateway.Shopify("orders/create", ShopifyOrder(), secret: secret)).Status;
        Task<Answer> Put(string vendor, string json) => gateway.AsShop(HttpMethod.Put, $"/v1/webhooks/{vendor}/secrets", json);

        (await Told("the first secret")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Put("shopify", """{"secrets": ["the first secret"]}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await Told("the first secret")).ShouldBe(HttpStatusCode.OK);
        (await Put("shopify", """{"secrets": ["the second secret", "the first secret"]}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await Told("the first secret")).ShouldBe(HttpStatusCode.OK);
        (await Told("the second secret")).ShouldBe(HttpStatusCode.OK);
        (await Put("shopify", """{"secrets": ["the second secret"]}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await Told("the first secret")).ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.Shopify("orders/create", ShopifyOrder(), "other", "the second secret")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.AsShop(HttpMethod.Delete, "/v1/webhooks/shopify/secrets")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await Told("the second secret")).ShouldBe(HttpStatusCode.Unauthorized);

        foreach (var (vendor, json) in new[]
        {
            ("shopify", """{"secrets": []}"""), ("shopify", """{"secrets": null}"""), ("shopify", "{}"), ("shopify", """{"secrets": ["short"]}"""),
                ("shopify", """{"secrets": [null]}"""),
            ("shopify", """{"secrets": ["one secret", "two secrets", "three secrets"]}"""), ("custom", """{"secrets": ["no standard secret"]}"""),
                ("shopify", "{"),
        })
            (await Put(vendor, json)).ThenProblem(HttpStatusCode.BadRequest);
        (await Put("magento", """{"secrets": ["a secret of it"]}""")).ThenProblem(HttpStatusCode.NotFound);
        (await gateway.AsShop(HttpMethod.Put, "/v1/webhooks/shopify/secrets", """{"secrets": ["a secret of it"]}""",
            key: "eng_unknown")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task WooCommerce_s_ping_is_answered_and_nothing_else_unsigned_is()
    {
        await using var gateway = await Webhook.Open(postgres);
        async Task<HttpStatusCode> Post(string vendor, string body, string type = "application/x-www-form-urlencoded") =>
            (await gateway.Post($"/v1/webhooks/{vendor}/{ServiceHost.Tenant}", Encoding.UTF8.GetBytes(body), type)).Status;

        (await Post("woocommerce", "webhook_id=17")).ShouldBe(HttpStatusCode.OK);
        (await Post("woocommerce", "webhook_id=17", "application/x-www-form-urlencoded; charset=UTF-8")).ShouldBe(HttpStatusCode.OK);
        (await Post("woocommerce", "webhook_id=")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Post("woocommerce", "webhook_id=17&order=1")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Post("woocommerce", "webhook_id=17", "application/json")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Post("shopify", "webhook_id=17")).ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.Stored()).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task A_shop_s_own_software_sends_events_by_Standard_Webhooks_and_each_id_once()
    {
        await using var gateway = await Webhook.Open(postgres);
        var paid = Shop.Event("order.paid").ToJsonString();
        string Batch(params string[] ids) => new JsonArray([.. ids.Select(id => Publishing.Event("order.delivered", id))]).ToJsonString();

        (await gateway.Custom(paid)).ThenTaken(accepted: 1, repeats: 0);
        (await gateway.Custom(paid)).ThenTaken(accepted: 1, repeats: 1);
        (await gateway.Custom(paid, id: "msg_2")).ThenTaken(accepted: 1, repeats: 1);
        (await gateway.Custom(Batch("a", "b"), "msg_3", CloudEventsReader.Batch)).ThenTaken(accepted: 2, repeats: 0);
        (await gateway.Custom(Batch(), "msg_4", CloudEventsReader.Batch)).ThenTaken(accepted: 0, repeats: 0);
        (await gateway.Custom(Batch("c"), "msg_3", CloudEventsReader.Batch)).ThenProblem(HttpStatusCode.Conflict).Errors().ShouldBe(["  id_reused"]);
        (await gateway.Custom(Batch("a"), "msg_5", CloudEventsReader.Batch)).ThenTaken(accepted: 1, repeats: 1);
        (await gateway.Custom(Batch("d", "d"), "msg_6", CloudEventsReader.Batch)).ThenTaken(accepted: 2, repeats: 1);
        (await gateway.Custom("{}", "msg_7")).ThenProblem(HttpStatusCode.BadRequest);
        (await gateway.Custom(Batch("e"), "msg_7", CloudEventsReader.Batch)).ThenTaken(accepted: 1, repeats: 0);
        (await gateway.Custom(Publishing.Event("order.delivered", "msg_9").With("/source", "\"custom\"").ToJsonString(), "msg_9")).ThenTaken(accepted: 1, repeats: 0);
        (await gateway.Custom(paid, "msg_8", "text/plain")).ThenProblem(HttpStatusCode.UnsupportedMediaType);

        (await gateway.SentTo("orders")).Count.ShouldBe(6);
    }

    [Fact]
    public async Task A_signature_counts_for_five_minutes_of_real_time_and_by_any_of_the_secrets()
    {
        await using var gateway = await Webhook.Open(postgres);
        var paid = Shop.Event("order.paid").ToJsonString();
        var next = StandardWebhooks.NewSecret();
        var now = gateway.Real.GetUtcNow();

        (await gateway.Custom(paid, at: now.AddMinutes(-5))).ThenTaken(accepted: 1, repeats: 0);
        (await gateway.Custom(paid, at: now.AddMinutes(5))).ThenTaken(accepted: 1, repeats: 1);
        (await gateway.Custom(paid, at: now.AddSeconds(-301))).ThenProblem(HttpStatusCode.Unauthorized);
        (await gateway.Custom(paid, at: now.AddSeconds(301))).ThenProblem(HttpStatusCode.Unauthorized);
        (await gateway.Custom(paid, secrets: [next])).ThenProblem(HttpStatusCode.Unauthorized);
        (await gateway.Custom(paid, secrets: [next, Webhook.CustomSecret])).ThenTaken(accepted: 1, repeats: 1);

        await gateway.Services.GetRequiredService<WebhookSources>().Set("custom", ServiceHost.Tenant, [next, Webhook.CustomSecret], default);
        (await gateway.Custom(paid, secrets: [next])).ThenTaken(accepted: 1, repeats: 1);
        (await gateway.Custom(paid)).ThenTaken(accepted: 1, repeats: 1);
        gateway.Clock.Advance(TimeSpan.FromDays(10));
        (await gateway.Custom(paid, at: now)).ThenTaken(accepted: 1, repeats: 1);
    }

    [Fact]
    public void The_specification_s_own_example_is_signed_as_it_says()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["webhook-id"] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        request.Headers["webhook-timestamp"] = "1614265330";
        request.Headers["webhook-signature"] = "v1,bm90IHRoaXMgb25l v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        bool Signed(string body, DateTimeOffset now) => new CustomShop().Verify(request, Encoding.UTF8.GetBytes(body),
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], now);

        Signed("""{"test": 2432232314}""", DateTimeOffset.FromUnixTimeSeconds(1614265330)).ShouldBeTrue();
        Signed("""{"test": 2432232315}""", DateTimeOffset.FromUnixTimeSeconds(1614265330)).ShouldBeFalse();
        Signed("""{"test": 2432232314}""", Shop.Noon).ShouldBeFalse();
    }

    [Fact]
    public async Task In_development_the_demo_shop_is_connected_by_secrets_that_everybody_knows()
    {
        await using var gateway = await Publishing.Open(postgres, "Development");
        await gateway.Until(async () => await gateway.Scalar<long>("select count(*) from gateway.mt_doc_webhooksource") == Vendor.All.Count, "the systems are connected");

        (await gateway.Shopify("orders/create", ShopifyOrder(), secret: DevelopmentWebhooks.Secret)).ThenOk(accepted: 1);
        (await gateway.Custom(Shop.Event("order.paid").ToJsonString(), secrets: [DevelopmentWebhooks.CustomSecret])).ThenTaken(accepted: 1, repeats: 0);
    }

    [Fact]
    public async Task While_the_keys_are_away_a_webhook_is_neither_taken_nor_called_a_forgery()
    {
        await using var gateway = await Webhook.Open(postgres);
        gateway.Real.Advance(TimeSpan.FromMinutes(2));   // the remembered keys are looked at again
        await using (await postgres.TakeAwayAsync(gateway.KeysConnectionString))
            ((int)(await gateway.Shopify("orders/create", ShopifyOrder())).Status).ShouldBeInRange(500, 599);

        (await gateway.Shopify("orders/create", ShopifyOrder())).ThenOk(accepted: 1);
    }

    /// <summary>As an earlier version kept it, that had no reader for this topic.</summary>
    private static async Task Keep(ServiceHost gateway, string id, string topic, JsonNode body, int minute)
    {
        var customer = new CustomerId("720001");
        var box = await gateway.Services.GetRequiredService<Vault>().SealAsync(ServiceHost.Tenant, customer, body);
        await gateway.Store(new KeptWebhook(id, "shopify", topic, customer, box, Shop.Noon.AddMinutes(minute), null));
    }
}
