using System.Net;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Reading;
using Engagement.Testing;
using Npgsql;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests.Reading;

public sealed class ListOrdersTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Orders_are_listed_the_newest_first_by_state_lateness_open_check_in_and_customer_and_counted()
    {
        await using var orders = await Open();
        IOrderFact[] Of(string id, int minutes, params IOrderFact[] facts) =>
            [Place with { Order = new(id), Reported = At(minutes), PromisedOn = id == "late" ? new DateOnly(2026, 1, 12) : null }, .. facts.Select(fact => fact.Of(new(id)))];
        await orders.Tell([.. Of("new", -20), .. Of("paid", -30, Pay), .. Of("late", -40, Pay, Ship), .. Of("there", -50, Pay, Ship, Deliver), .. Of("off", -60, Cancel)]);
        await orders.TellFor("other", Place with { Order = new("theirs") });
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromDays(4));
        await orders.Drain();

        (await Listed(orders, "")).ShouldBe(["new", "paid", "late", "there", "off"]);
        (await Listed(orders, "?state=Shipped")).ShouldBe(["late"]);
        (await Listed(orders, "?late=true")).ShouldBe(["late"]);
        (await Listed(orders, "?unanswered_check_in=true")).ShouldBe(["there"]);
        (await Listed(orders, "?customer=c-1&late=false&limit=2")).ShouldBe(["new", "paid"]);
        (await Listed(orders, "?customer=%27%20or%20true%20--")).ShouldBeEmpty();
        (await Listed(orders, "", "other")).ShouldBe(["theirs"]);
        var page = await orders.Get<JsonElement>("/v1/orders?limit=2");
        (await Listed(orders, $"?limit=2&after={Uri.EscapeDataString(page[1].GetProperty("cursor").GetString()!)}")).ShouldBe(["late", "there"]);
        using (var refused = await orders.Client.SendAsync(orders.Sign(HttpMethod.Get, "/v1/orders?state=Gone"))) refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        var counts = await orders.Get<CountOrders.Counts>("/v1/order-counts");
        counts.ByState.ShouldBe(
            new Dictionary<string, long> { ["Placed"] = 1, ["Paid"] = 1, ["Shipped"] = 1, ["Delivered"] = 1, ["Cancelled"] = 1 }, ignoreOrder: true);
        (counts.Late, counts.UnansweredCheckIns).ShouldBe((1, 1));
    }

    [Fact]
    public async Task An_order_s_timeline_is_in_the_order_of_time_whatever_was_told_first()
    {
        await using var orders = await Open();
        await orders.Tell(Deliver, Ship, Pay, Place);
        await orders.Drain();
        await orders.Tell(new MessageSent(ThankYou.Key, MessageKind.ThankYou, Giulia, Spec.Noon));
        await orders.Drain();

        var order = await orders.Get<JsonElement>("/v1/orders/1001");

        order.GetProperty("status").GetString().ShouldBe("Delivered");
        var timeline = order.GetProperty("timeline").EnumerateArray().ToArray();
        timeline.Select(entry => entry.GetProperty("event").GetString()).ShouldBe(["OrderPlaced", "OrderPaid", "OrderShipped", "OrderDelivered", "ThankYouLeft"]);
        timeline[2].GetProperty("details").GetProperty("trackingNumber").GetString().ShouldBe("ZA17");
        timeline[2].GetProperty("receivedAt").GetDateTimeOffset().ShouldBe(At(-7).ReceivedAt);
    }

    [Fact]
    public async Task An_after_that_is_no_cursor_is_refused_and_an_empty_one_is_the_first_page()
    {
        await using var orders = await Open();
        await orders.Tell(Place);
        await orders.Drain();

        using var refused = await orders.Client.SendAsync(orders.Sign(HttpMethod.Get, "/v1/orders?after=rubbish"));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("""{"field":"/after","code":"invalid",""");
        (await Listed(orders, "?after=")).ShouldBe(["1001"]);
    }

    [Fact]
    public async Task Each_list_and_count_is_read_by_its_index()
    {
        await using var orders = await Open();
        await orders.Execute(
            """
            insert into orders.mt_doc_order (tenant_id, id, data, mt_version)
            select 'demo', 'order/' || i, jsonb_build_object(
                'Status', case when i % 100 = 0 then 'Paid' else 'Delivered' end, 'IsLate', i % 200 = 0, 'IsCheckInOpen', i % 200 = 1, 'Customer', 'c-' || i % 1000,
                'Cursor', to_char('2026-01-12'::timestamp + i * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS".0000000Z"') || ' ' || i), 1
            from generate_series(1, 20000) i;
            insert into orders.mt_doc_customersinquiry (tenant_id, id, data)
            select 'demo', 'i-' || i, jsonb_build_object('Customer', 'c-' || i, 'IsOpen', false) from generate_series(1, 5000) i;
            analyze orders.mt_doc_order;
            analyze orders.mt_doc_customersinquiry;
            """);
        async Task ThenBy(string index, ListOrders.Query query)
        {
            var plan = await Plan(orders, $"select d.data from (select * from orders.mt_doc_order where tenant_id = 'demo') d {Literal(ListOrders.Sql(query))}");
            plan.ShouldContain(index);
            plan.ShouldNotContain("Sort");
        }

        await ThenBy("mt_doc_order_idx_status_cursor", new(State: OrderStatus.Paid, Limit: 50));
        await ThenBy("mt_doc_order_idx_is_late_cursor", new(Late: true, Limit: 50));
        await ThenBy("mt_doc_order_idx_is_check_in_open_cursor", new(UnansweredCheckIn: true, Limit: 50));
        await ThenBy("mt_doc_order_idx_customer_cursor", new(Customer: "c-17", Limit: 50));
        await ThenBy("mt_doc_order_idx_cursor", new(Limit: 50));
        var count = await Plan(orders, CountOrders.Sql.Replace("$1", "'demo'", StringComparison.Ordinal));
        count.ShouldContain("mt_doc_order_idx_is_late_cursor");
        count.ShouldContain("mt_doc_order_idx_is_check_in_open_cursor");
        var inquiry = Inquiries.OpenSql.Replace("?", "'c-17'", StringComparison.Ordinal);
        (await Plan(orders, $"select d.data from (select * from orders.mt_doc_customersinquiry where tenant_id = 'demo') d {inquiry}"))
            .ShouldContain("mt_doc_customersinquiry_idx_customer_is_open");
    }

    private static string Literal(ServiceDefaults.SqlStatement statement)
    {
        var next = 0;
        return string.Concat(statement.Sql.Select(c => c == '?' ? Value(statement.Args[next++]) : $"{c}"));

        static string Value(object argument) => argument is string text ? $"'{text}'" : $"{argument}";
    }

    private static async Task<string> Plan(ServiceHost orders, string sql)
    {
        await using var connection = new NpgsqlConnection(orders.ConnectionString);
        await connection.OpenAsync();
        return string.Join('\n', await connection.RowsAsync($"explain (analyze, costs off, timing off) {sql}", row => row.GetString(0)));
    }

    private static async Task<string[]> Listed(ServiceHost orders, string query, string tenant = ServiceHost.Tenant) =>
        [.. (await orders.Get<IReadOnlyList<JsonElement>>($"/v1/orders{query}", tenant)).Select(order => order.GetProperty("id").GetString()!["order/".Length..])];

    private Task<ServiceHost> Open() => ServiceHost.Open<Program>(postgres, OrdersService.Model);
}
