using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Erasing;
using Engagement.Gateway.Tests.Intake;
using Engagement.Gateway.Tests.Webhooks;
using Engagement.Gateway.Webhooks;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Gateway.Tests.Webhooks.Payloads;

namespace Engagement.Gateway.Tests.Erasing;

public sealed class ErasingTests(PostgresFixture postgres)
{
    private static readonly CustomerId Giulia = new("720001");

    [Fact]
    public async Task A_shop_system_s_request_is_told_for_every_id_of_the_customer_and_stays_a_duty_until_each_is_answered()
    {
        await using var gateway = await Webhook.Open(postgres);
        var guest = gateway.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, "giulia@posta.example");

        (await gateway.Shopify("customers/redact", ShopifyRedact())).ThenOk(accepted: 1);

        var reported = new Reported(Shop.Noon, Shop.Noon);
        await Told(gateway, new CustomerErased(Giulia, reported), new CustomerErased(guest, reported));
        gateway.Logs.Warnings.ShouldContain(line => line.Contains("must be done by 2026-02-14; it is under way", StringComparison.Ordinal));
        (await Kept(gateway)).ShouldBe(["customers/redact"]);

        await gateway.Tell(new CustomerDataErased(guest, Shop.Noon.AddSeconds(-1)), new CustomerDataErased(guest, Shop.Noon));   // the first answers an earlier request
        await gateway.Drain();
        (await Kept(gateway)).ShouldBe(["customers/redact"]);
        await gateway.Tell(new CustomerDataErased(Giulia, Shop.Noon.AddSeconds(-1)), new CustomerDataErased(new("somebody"), Shop.Noon));
        await gateway.Drain();
        (await Kept(gateway)).ShouldBe(["customers/redact"]);

        await gateway.Tell(new CustomerDataErased(Giulia, Shop.Noon), new CustomerDataErased(Giulia, Shop.Noon));
        await gateway.Drain();
        (await Kept(gateway)).ShouldBeEmpty();
        (await gateway.Scalar<long>("select count(*) from bus.gateway_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task What_was_kept_of_the_customer_goes_at_once_and_what_comes_meanwhile_goes_with_the_answer()
    {
        await using var gateway = await Webhook.Open(postgres);
        await gateway.Shopify("subscription_contracts/create", Contract(720001));
        await gateway.Shopify("subscription_contracts/create", Contract(720002));
        await gateway.Shopify("customers/data_request", ShopifyRedact().With("/shop_id", "2"));

        await gateway.Shopify("customers/redact", ShopifyRedact());
        (await Kept(gateway)).ShouldBe(["customers/data_request", "customers/redact", "subscription_contracts/create"]);
        await gateway.Shopify("subscription_contracts/update", Contract(720001));
        await gateway.Tell(new CustomerDataErased(Giulia, Shop.Noon));
        await gateway.Drain();

        (await Kept(gateway)).ShouldBe(["customers/data_request", "customers/redact", "subscription_contracts/create"], "a duty stays");
        (await gateway.Load<KeptWebhook>(await gateway.Scalar<string>("select id from gateway.mt_doc_keptwebhook where data ->> 'DueAt' is null")))!
            .Customer.ShouldBe(new CustomerId("720002"));
    }

    [Fact]
    public async Task A_shop_s_own_event_is_told_alike_and_no_contact_comes_of_it_whatever_it_says()
    {
        await using var gateway = await Publishing.Open(postgres);
        var guest = gateway.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, "giulia@posta.example");
        await gateway.KeepEveryRow();

        (await gateway.Publish(Shop.Event("customer.erased"))).ThenTaken(accepted: 1, repeats: 0);
        (await gateway.Publish(Shop.Event("customer.erased"))).ThenTaken(accepted: 1, repeats: 1);

        var reported = new Reported(Shop.Noon.AddMinutes(-30).AddSeconds(0.5), Shop.Noon);
        await Told(gateway, new CustomerErased(new("c-1"), reported), new CustomerErased(guest, reported));
        (await gateway.Dump()).ShouldNotContain("giulia", Case.Insensitive);
    }

    [Fact]
    public async Task When_no_duty_waits_any_more_the_gauge_says_so()
    {
        const string Tenant = "gauged-shop";   // the meter is the whole process's
        var counted = new ConcurrentQueue<long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) =>
            { if (instrument.Name == "engagement.webhooks.duties") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (tags.ToArray().Any(tag => $"{tag.Value}" == Tenant)) counted.Enqueue(count);
        });
        listener.Start();
        await using var gateway = await Publishing.Open(postgres);
        await gateway.Store(new KeptWebhook("d", "shopify", "shop/redact", new("webhooks/shopify"), new("eA"), Shop.Noon, Shop.Noon.AddDays(30)), Tenant);

        async Task Hours(Func<bool> until) => await gateway.Until(
            () =>
            {
                gateway.Clock.Advance(TimeSpan.FromHours(1));
                return Task.FromResult(until());
            },
            "it is counted");
        await Hours(() => counted.Contains(1));
        await gateway.Execute("delete from gateway.mt_doc_keptwebhook");
        await Hours(() => counted.Contains(0));
        counted.Count(count => count == 0).ShouldBe(1);
    }

    [Fact]
    public void An_answer_ends_a_duty_only_when_it_is_the_last_and_not_older()
    {
        var duty = new KeptWebhook("d", "shopify", "customers/redact", Giulia, new("eA"), Spec.Noon, Spec.Noon.AddDays(30), [Giulia, new("guest-1")]);
        CustomerDataErasedHandler.Decide(duty, new(Giulia, Spec.Noon.AddTicks(-1))).ShouldBe(duty);
        CustomerDataErasedHandler.Decide(duty, new(Giulia, Spec.Noon))!.Awaits.ShouldBe([new("guest-1")]);
        CustomerDataErasedHandler.Decide(duty with { Awaits = [Giulia] }, new(Giulia, Spec.Noon)).ShouldBeNull();
        CustomerDataErasedHandler.Decide(duty with { Awaits = null }, new(Giulia, Spec.Noon)).ShouldNotBeNull();   // a person does it
    }

    private static JsonObject Contract(int customer) => new() { ["id"] = 9, ["customer_id"] = customer, ["status"] = "active" };

    private static async Task<string[]> Kept(ServiceHost gateway) =>
        [.. (await gateway.AsShop(HttpMethod.Get, "/v1/webhooks/kept")).Json.EnumerateArray().Select(kept => $"{kept.GetProperty("topic")}").Order()];

    private static async Task Told(ServiceHost gateway, params CustomerErased[] expected) =>
        Spec.Written((await gateway.SentTo("messaging")).Select(queued => queued.Message)).ShouldBe(Spec.Written(expected));
}
