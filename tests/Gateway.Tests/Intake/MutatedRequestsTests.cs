using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Tests.Webhooks;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Webhooks.Payloads;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>
/// Good requests to every route of the intake, spoilt at random and rightly signed: each is taken or refused, none is an error of ours, none stays in memory.
/// </summary>
public sealed class MutatedRequestsTests(PostgresFixture postgres, ITestOutputHelper output)
{
    private const int Requests = 24_000;
    private const int WarmUp = 2_000;
    private const int AtOnce = 8;
    private const long Growth = 8 * 1024 * 1024;

    [Fact, Trait("Category", "Long")]
    public async Task Tens_of_thousands_of_spoilt_requests_over_every_route_are_taken_or_refused_and_memory_does_not_grow()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        await using var gateway = await Webhook.Open(postgres);
        var answers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        long before = 0;
        for (var sent = 0; sent < Requests; sent += 400)
        {
            if (sent == WarmUp) before = GC.GetTotalMemory(forceFullCollection: true);
            var next = sent;
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async lane =>
            {
                for (var i = next + lane; i < next + 400; i += AtOnce)
                {
                    var (route, answer) = await Send(gateway, new Random(unchecked(seed + i)));
                    ((int)answer.Status).ShouldBeLessThan(500, $"request {i} of seed {seed}: {answer.Text}\n{string.Join('\n', gateway.Logs.Warnings)}");
                    if (answer.Status == HttpStatusCode.BadRequest) answer.ThenProblem(HttpStatusCode.BadRequest);
                    lock (answers) answers[$"{route} {(int)answer.Status}"] = answers.GetValueOrDefault($"{route} {(int)answer.Status}") + 1;
                }
            }));
            gateway.Logs.All.FirstOrDefault(line => line.Contains("posta.example", StringComparison.Ordinal)).ShouldBeNull();
            gateway.Logs.Clear();
        }

        var after = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var (outcome, count) in answers) output.WriteLine($"{outcome}: {count}");
        output.WriteLine($"heap after {WarmUp}: {before:N0} bytes, after {Requests}: {after:N0}");

        // On every route both outcomes must be common, or the spoiling finds nothing.
        foreach (var route in answers.Keys.Select(key => key.Split(' ')[0]).Distinct())
            answers.Where(outcome => outcome.Key.StartsWith(route, StringComparison.Ordinal)).Count(outcome => outcome.Value > 100).ShouldBeGreaterThan(1,
                route);
        (after - before).ShouldBeLessThan(Growth);
        (await gateway.Scalar<long>("select count(*) from bus.gateway_dead_letters")).ShouldBe(0);
    }

    private static async Task<(string Route, Answer Answer)> Send(ServiceHost gateway, Random random)
    {
        var type = random.GetItems(Shop.Types, 1)[0];
        switch (random.Next(6))
        {
            case 0:
                return ("structured", await gateway.Post("/v1/events", Spoilt.Body(random, Shop.Event(type).With("/id", $"{random.Next()}".Quoted())),
                    CloudEventsReader.Structured, Authorized));
            case 1:
                var batch = new JsonArray([.. Shop.Types.Select(t => Shop.Event(t).With("/id", $"{random.Next()}".Quoted()))]);
                return ("batch", await gateway.Post("/v1/events", Spoilt.Body(random, batch), CloudEventsReader.Batch, Authorized));
            case 2:
                var contentType = random.Next(10) == 0 ? "text/plain" : "application/json";
                return ("binary", await gateway.Post("/v1/events", Spoilt.Body(random, Shop.Event(type)["data"]!), contentType, headers =>
                {
                    Authorized(headers);
                    foreach (var (name, value) in new[] { ("ce-specversion", "1.0"), ("ce-id", $"{random.Next()}"), ("ce-source", "/shops/demo"),
                        ("ce-type", type), ("ce-time", "2026-01-15T11:59:00Z") })
                        headers.TryAddWithoutValidation(name, random.Next(20) == 0 ? random.GetItems(s_headers, 1)[0] : value);
                }));
            case 3:
                var (topic, body) = random.GetItems(s_shopify, 1)[0];
                return ("shopify", await gateway.Send("shopify", ServiceHost.Tenant, Spoilt.Body(random, body), topic));
            case 4:
                var (wooTopic, wooBody) = random.GetItems(s_woo, 1)[0];
                return ("woocommerce", await gateway.Send("woocommerce", ServiceHost.Tenant, Spoilt.Body(random, wooBody), wooTopic));
            default:
                var custom = Spoilt.Body(random, Shop.Event(type).With("/id", $"{random.Next()}".Quoted()));
                var (id, time) = ($"msg_{random.Next()}", gateway.Real.GetUtcNow());
                return ("custom", await gateway.Post($"/v1/webhooks/custom/{ServiceHost.Tenant}", custom, CloudEventsReader.Structured, headers =>
                {
                    headers.Add(StandardWebhooks.IdHeader, id);
                    headers.Add(StandardWebhooks.TimestampHeader, $"{time.ToUnixTimeSeconds()}");
                    var signature = random.Next(20) == 0 ? "v1,===" : StandardWebhooks.Sign([Webhook.CustomSecret], id, time, custom);
                    headers.Add(StandardWebhooks.SignatureHeader, signature);
                }));
        }
    }

    private static void Authorized(System.Net.Http.Headers.HttpRequestHeaders headers) => headers.Authorization = new("Bearer", Publishing.Key);

    private static readonly string[] s_headers = ["", "%", "%00", "%FF", "\"", "\"\\", "1.0", "caff%C3%A8", new string('x', 1000), "9999-12-31T23:59:59Z",
        "%ED%A0%80", "true"];

    private static readonly (string, JsonObject)[] s_shopify =
    [
        ("orders/updated", ShopifyOrder().With(("/financial_status", "\"paid\""), ("/fulfillments", new JsonArray(ShopifyFulfillment()).ToJsonString()),
            ("/refunds", new JsonArray(ShopifyRefund()).ToJsonString()))),
        ("fulfillments/update", ShopifyFulfillment()), ("fulfillment_events/create", ShopifyEvent()), ("refunds/create", ShopifyRefund()),
            ("customers/update", ShopifyCustomer()),
        ("checkouts/create", ShopifyCheckout()), ("customers/redact", ShopifyRedact()), ("products/update", ShopifyCheckout()),
    ];

    private static readonly (string, JsonObject)[] s_woo =
    [
        ("order.updated", WooOrder().With(("/status", "\"completed\""), ("/date_paid_gmt", "\"2026-01-15T11:40:00\""),
            ("/date_completed_gmt", "\"2026-01-15T11:55:00\""), ("/refunds", """[{"id": 1, "total": "-5.00"}]"""))),
        ("customer.updated", WooCustomer()), ("order.deleted", new JsonObject { ["id"] = 7 }), ("subscription.created", WooOrder()),
    ];
}

file static class Text
{
    public static string Quoted(this string text) => $"\"{text}\"";
}
