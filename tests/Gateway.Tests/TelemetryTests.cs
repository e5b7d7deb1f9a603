using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Tests.Webhooks;
using Engagement.Gateway.Webhooks;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests;

public sealed class TelemetryTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_sent_to_the_owners_continues_the_trace_of_the_request()
    {
        await using var gateway = await Open(postgres);
        using var spans = new Spans();
        var trace = ActivityTraceId.CreateRandom();

        await gateway.Post(
            new StringContent(new JsonArray([.. OneOfEach()]).ToJsonString(), Encoding.UTF8, CloudEventsReader.Batch),
            adjust: request => request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"));

        await gateway.Until(() => Task.FromResult(spans.Of(trace).Any(span => span.Kind == ActivityKind.Server)), "the request's span ends");
        var request = spans.Of(trace).Single(span => span.Kind == ActivityKind.Server);
        (await gateway.SentTo("orders")).Concat(await gateway.SentTo("messaging")).Select(queued => queued.ParentId).Distinct().ShouldBe([request.Id]);
    }

    [Fact]
    public async Task Webhooks_are_counted_by_shop_vendor_topic_and_what_became_of_them_and_no_name_of_others_making_is_a_tag()
    {
        const string Tenant = "counted-shop";   // the meter is the whole process's
        var counted = new ConcurrentBag<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) =>
            { if (instrument.Name == "engagement.webhooks.received") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            var told = tags.ToArray().ToDictionary(tag => tag.Key, tag => $"{tag.Value}");
            if (told["engagement.tenant"] == Tenant)
                counted.Add($"{told["engagement.webhook.vendor"]} {told["engagement.webhook.topic"]} {told["outcome"]} {count}");
        });
        listener.Start();
        await using var gateway = await Open(postgres);
        foreach (var vendor in Vendor.All)
            await gateway.Services.GetRequiredService<WebhookSources>().Set(vendor.Name, Tenant,
                [vendor is SignedByStandard ? Webhook.CustomSecret : Webhook.Secret], default);

        foreach (var (topic, body) in new[]
        {
            ("orders/create", Payloads.ShopifyOrder()), ("orders/create", Payloads.ShopifyOrder()), ("subscription_contracts/create", Payloads.ShopifyCheckout()),
                ("customers/redact", Payloads.ShopifyRedact()),
            ("giulia@posta.example", Payloads.ShopifyOrder()), ("orders/paid", []),
        })
            await gateway.Shopify(topic, body, Tenant);
        await gateway.Shopify("orders/create", Payloads.ShopifyOrder(), Tenant, "another secret");
        await gateway.Custom("{}", shop: Tenant);

        counted.ShouldBe(
            [
                "shopify orders/create taken 1", "shopify orders/create repeat 1", "shopify subscription_contracts/create kept 1", "shopify customers/redact duty 1",
                    "shopify unknown ignored 1",
                "shopify orders/paid refused 1", "custom  refused 1",
            ],
            ignoreOrder: true);
    }
}
