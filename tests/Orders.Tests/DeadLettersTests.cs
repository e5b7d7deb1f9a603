using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.DeadLetters;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Orders.Tests;

public sealed class DeadLettersTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_was_given_up_is_listed_and_sent_again_by_our_own_processes_only()
    {
        await using var orders = await ServiceHost.Open<Program>(postgres, OrdersService.Model);
        await orders.Execute("""
            insert into bus.orders (slot, tenant, message_id, message_type, body, sent_at)
            values (1, 'demo', gen_random_uuid(), 'Engagement.Contracts.ConfirmDelivery', '{', now())
            """);
        await orders.Drain();

        (await Send(orders, new HttpRequestMessage(HttpMethod.Post, "/dead-letters"), new { })).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await Send(orders, orders.Sign(HttpMethod.Post, "/dead-letters"), new { })).Status.ShouldBe(HttpStatusCode.Forbidden);   // for one shop
        var query = new { messageType = "Engagement.Contracts.ConfirmDelivery", tenantId = "demo" };
        var (_, page) = await Send(orders, orders.Sign(HttpMethod.Post, "/dead-letters", Tenancy.Everybody), query);
        var letter = page[0].GetProperty("envelopes").EnumerateArray().ShouldHaveSingleItem();
        letter.GetProperty("exceptionType").GetString().ShouldBe(typeof(UnreadableMessageException).FullName);

        await orders.Execute($"update bus.orders_dead_letters set body = '{JsonSerializer.Serialize(Facts.Deliver)}'");   // mended by hand
        var (_, answer) = await Send(orders, orders.Sign(HttpMethod.Post, "/dead-letters/replay", Tenancy.Everybody), new { ids = new[] { letter.GetProperty("id").GetGuid() } });
        await orders.Drain();

        answer.GetProperty("count").GetInt32().ShouldBe(1);
        (await orders.Load<Order>("order/1001"))!.Delivered.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_operator_lists_and_replays_by_type_and_shop()
    {
        await using var orders = await ServiceHost.Open<Program>(postgres, OrdersService.Model);
        Directory.CreateDirectory(Path.Combine(orders.Home, ".engagement"));
        await File.WriteAllTextAsync(Path.Combine(orders.Home, ".engagement", "parameters.json"), $$"""{"internal-secret": "{{ServiceHost.Secret}}"}""");
        await orders.Execute($"""
            insert into bus.orders_dead_letters (slot, tenant, message_id, message_type, body, attempts, sent_at, dead_at, exception_type, exception_message)
            select 1, t, gen_random_uuid(), 'Engagement.Contracts.' || n, '{JsonSerializer.Serialize(Facts.Deliver)}', 3, now(), now(), 'E', 'm'
            from unnest(array['demo', 'other']) t, unnest(array['ConfirmDelivery', 'CancelOrder']) n
            """);

        (await Operate("--tenant", "demo")).Split('\n').Length.ShouldBe(2);
        (await Operate("--type", "Engagement.Contracts.ConfirmDelivery", "--tenant", "demo", "--replay")).ShouldEndWith("1 sent again");
        await orders.Drain();
        (await orders.Load<Order>("order/1001"))!.Delivered.ShouldNotBeNull();
        (await orders.Load<Order>("order/1001", "other")).ShouldBeNull();
        (await Operate("--tenant", "other", "--delete")).ShouldEndWith("2 thrown away");
        (await orders.Scalar<string>("select string_agg(tenant || ' ' || message_type, ', ') from bus.orders_dead_letters"))
            .ShouldBe("demo Engagement.Contracts.CancelOrder");

        async Task<string> Operate(params string[] arguments)
        {
            var (output, error) = (new StringWriter(), new StringWriter());
            (await Tool.RunAsync([orders.Client.BaseAddress!.ToString(), .. arguments], output, error, orders.Real, orders.Home)).ShouldBe(0, error.ToString());
            return output.ToString().TrimEnd();
        }
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> Send(ServiceHost host, HttpRequestMessage request, object body)
    {
        using (request)
        {
            request.Content = JsonContent.Create(body);
            using var answer = await host.Client.SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
        }
    }
}
