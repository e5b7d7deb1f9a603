using System.Net;
using Engagement.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.ServiceDefaults.Tests;

public sealed class InternalCallsTests
{
    private readonly TestClock _clock = new();

    [Fact]
    public async Task A_call_finds_its_service_by_name_and_carries_the_shop()
    {
        await using var orders = await StartOrdersAsync();
        await using var caller = await StartCallerAsync(orders.Address);

        var answer = await Orders(caller).SendAsync(new HttpRequestMessage(HttpMethod.Get, "orders/a%2Fb?name=J%C3%BCrgen").ForTenant("demo"));

        (await answer.Content.ReadAsStringAsync()).ShouldBe("demo a%2Fb Jürgen");
    }

    [Fact]
    public async Task The_shop_of_the_request_at_hand_travels_on()
    {
        await using var orders = await StartOrdersAsync();
        await using var caller = await StartCallerAsync(orders.Address, app => app.MapGet("/mine", async (HttpContext context, IHttpClientFactory clients) =>
        {
            context.SetTenant("demo");
            return await clients.CreateClient("orders").GetStringAsync(new Uri("orders/1", UriKind.Relative));
        }));

        (await caller.Client.GetStringAsync(new Uri("/mine", UriKind.Relative))).ShouldBe("demo 1 ");
    }

    [Fact]
    public async Task A_call_without_a_shop_is_a_mistake()
    {
        await using var caller = await StartCallerAsync(new Uri("http://127.0.0.1:1"));

        await Should.ThrowAsync<InvalidOperationException>(() => Orders(caller).GetAsync(new Uri("orders/1", UriKind.Relative)));
    }

    [Fact]
    public async Task Without_a_signature_only_health_is_open()
    {
        await using var orders = await StartOrdersAsync();

        (await Status(orders, "/orders/1")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(orders, "/orders/1", "demo")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(orders, "/health")).ShouldBe(HttpStatusCode.OK);
        (await Status(orders, "/alive")).ShouldBe(HttpStatusCode.OK);
        (await Status(orders, "/health/more")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_signature_can_not_be_used_again_elsewhere_or_later()
    {
        await using var orders = await StartOrdersAsync();
        var signature = new InternalSignature(TestHost.Secret).Sign("GET", "/orders/1", "demo", _clock.GetUtcNow());

        (await Status(orders, "/orders/1", "demo", signature)).ShouldBe(HttpStatusCode.OK);
        (await Status(orders, "/orders/2", "demo", signature)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(orders, "/orders/1", "other", signature)).ShouldBe(HttpStatusCode.Unauthorized);
        _clock.Advance(TimeSpan.FromSeconds(61));
        (await Status(orders, "/orders/1", "demo", signature)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private Task<TestHost> StartOrdersAsync() => TestHost.StartAsync(
        builder => builder.Services.AddSingleton(new RealTime(_clock)),
        app =>
        {
            app.RequireInternalSignature();
            app.MapGet("/orders/{id}", (string id, string? name, HttpContext context) => $"{context.Tenant()} {id} {name}");
        });

    private Task<TestHost> StartCallerAsync(Uri orders, Action<WebApplication>? map = null) => TestHost.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton(new RealTime(_clock));
            builder.Services.AddHttpClient("orders", client => client.BaseAddress = new Uri("http://orders")).AddInternalCalls();
        },
        map,
        settings: ("services:orders:http:0", orders.ToString()));

    private static HttpClient Orders(TestHost caller) => caller.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

    private static async Task<HttpStatusCode> Status(TestHost host, string path, string? tenant = null, string? signature = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (tenant is not null) request.ForTenant(tenant);
        if (signature is not null) request.Headers.Add(InternalSignature.Header, signature);
        using var answer = await host.Client.SendAsync(request);
        return answer.StatusCode;
    }
}
