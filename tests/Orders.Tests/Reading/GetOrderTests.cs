using System.Net;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests.Reading;

public sealed class GetOrderTests(PostgresFixture postgres)
{
    [Fact]
    public async Task An_order_is_read_by_our_own_processes_and_for_its_own_shop_only()
    {
        await using var orders = await ServiceHost.Open<Program>(postgres, OrdersService.Model);
        await orders.Tell(All);
        await orders.Drain();

        Spec.Written([await orders.Get<Order>("/v1/orders/1001")]).ShouldBe(Spec.Written([Whole]));
        using var missing = await orders.Client.SendAsync(orders.Sign(HttpMethod.Get, "/v1/orders/1002"));
        missing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await missing.Content.ReadAsStringAsync()).ShouldContain("There is no such order.");
        (await Status(orders, orders.Sign(HttpMethod.Get, "/v1/orders/1001", "other"))).ShouldBe(HttpStatusCode.NotFound);

        (await Status(orders, new HttpRequestMessage(HttpMethod.Get, "/v1/orders/1001"))).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(orders, new HttpRequestMessage(HttpMethod.Get, "/v1/orders/1001").ForTenant(ServiceHost.Tenant))).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(orders, orders.Sign(HttpMethod.Get, "/v1/orders/1001", "other").ForTenant(ServiceHost.Tenant))).ShouldBe(HttpStatusCode.Unauthorized);
        var old = orders.Sign(HttpMethod.Get, "/v1/orders/1001");
        orders.Real.Advance(InternalSignature.Tolerance + TimeSpan.FromSeconds(1));
        (await Status(orders, old)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_its_customer_wrote_is_told_sealed_with_whose_it_is()
    {
        await using var orders = await ServiceHost.Open<Program>(postgres, OrdersService.Model);
        await orders.Tell(Place.Of(new("1001")));
        await orders.Drain();
        var order = await orders.Get<Order>("/v1/orders/1001");
        var told = new AnswerCheckIn(new("1001"), order.Customer!.Value, CheckInAnswer.Unhappy, new Sealed("c2VhbGVk"), new(Spec.Noon, Spec.Noon));
        await orders.Tell(told with { Answer = CheckInAnswer.Happy, Words = null }, told);
        await orders.Drain();

        (await orders.Get<SealedWords[]>("/v1/orders/1001/words")).ShouldBe([new(Spec.Noon, order.Customer.Value, "Unhappy", told.Words!.Value)]);
        (await Status(orders, orders.Sign(HttpMethod.Get, "/v1/orders/1002/words"))).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_order_s_number_can_be_any_text()
    {
        await using var orders = await ServiceHost.Open<Program>(postgres, OrdersService.Model);
        await orders.Tell(Place.Of(new("A/17 ü?")));
        await orders.Drain();

        (await orders.Get<Order>("/v1/orders/A%2F17%20%C3%BC%3F")).Id.ShouldBe("order/A/17 ü?");
    }

    [Fact]
    public async Task An_order_says_the_day_that_is_promised_now()
    {
        await using var orders = await ServiceHost.Open<Program>(postgres, OrdersService.Model);
        await orders.Tell(Place, Ship with { PromisedOn = new DateOnly(2026, 1, 22) });
        await orders.Drain();

        (await orders.Get<JsonElement>("/v1/orders/1001")).GetProperty("promisedOn").GetString().ShouldBe("2026-01-22");
    }

    private static async Task<HttpStatusCode> Status(ServiceHost host, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await host.Client.SendAsync(request)) return answer.StatusCode;
    }
}
