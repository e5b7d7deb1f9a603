using System.Diagnostics;
using Engagement.Contracts;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

/// <summary>Beside others it would measure their work and what they allocate.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class ManyOpenOrdersTests(PostgresFixture postgres)
{
    private const int Told = 2_000;
    private const int Times = 50;   // so many orders are there for each that was told
    private const int Days = 40;

    private static readonly DateOnly FirstDay = new(2026, 1, 20);

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_hundred_thousand_open_orders_cost_no_memory_slow_nothing_down_and_are_late_on_their_day()
    {
        await using var orders = await ServiceHost.Open<Program>(postgres, OrdersService.Model);
        await Tell(orders, "warm");
        var idle = GC.GetTotalMemory(forceFullCollection: true);
        var before = await Tell(orders, "seed");
        await Multiply(orders);
        var open = await orders.Scalar<long>("select count(*) from orders.mt_doc_order where id like '%-seed%'");
        var timers = await orders.Scalar<long>("select count(*) from bus.orders_scheduled");

        var meanwhile = await Tell(orders, "more");
        var grown = GC.GetTotalMemory(forceFullCollection: true) - idle;
        var left = await orders.Scalar<long>("select count(*) from bus.orders_scheduled");
        var began = Stopwatch.GetTimestamp();
        orders.Clock.AdvanceTo(new DateTimeOffset(FirstDay.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero));   // an hour after midnight in Rome
        await orders.Drain();
        var took = Stopwatch.GetElapsedTime(began);
        var late = await orders.Scalar<long>("select count(*) from orders.mt_events where type = 'order_became_late'");
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{open} open orders, {timers} timers; facts a second: {before:0} before, {meanwhile:0} with them; "
            + $"{grown >> 10} kB more live; {late} late ones told in {took.TotalSeconds:0.0} s");

        open.ShouldBe(Told * Times);
        left.ShouldBe(timers + (2 * Told), "each order waits for its promise and its check-in");
        grown.ShouldBeLessThan(8 << 20);   // 80 bytes an order
        meanwhile.ShouldBeGreaterThan(before / 2);
        late.ShouldBe(((Told * Times) + (2 * Told)) / Days);
        took.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        (await orders.Scalar<long>("select count(*) from bus.messaging where convert_from(body, 'utf8') like '%\"delayed/%'")).ShouldBe(late);
        (await orders.Scalar<long>("select count(*) from bus.orders_dead_letters")).ShouldBe(0);
    }

    /// <summary>Orders that were sent and are waited for, promised for one of the days each.</summary>
    /// <returns>Facts a second, until all were handled.</returns>
    private static async Task<double> Tell(ServiceHost orders, string name)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Told).Chunk(Told / 8).Select(some => orders.Tell([.. some.SelectMany(no =>
        {
            var id = new OrderId($"{no}-{name}");
            return new object[] { Place with { Order = id, PromisedOn = FirstDay.AddDays(no % Days) }, Ship with { Order = id } };
        })])));
        await orders.Drain();
        return 2 * Told / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>By the server, row by row as they were stored: telling of all would take minutes.</summary>
    private static Task Multiply(ServiceHost orders) => orders.Execute($"""
        create temp table copies as select '-seed' || k as name from generate_series(1, {Times - 1}) k;
        insert into orders.mt_streams
            select c.* from orders.mt_streams s, copies, jsonb_populate_record(null::orders.mt_streams, replace(to_jsonb(s)::text, '-seed', name)::jsonb) c
            where s.id like '%-seed';
        insert into orders.mt_events
            select c.* from orders.mt_events e, copies, jsonb_populate_record(null::orders.mt_events, replace(to_jsonb(e)::text, '-seed', name)::jsonb
                || jsonb_build_object('seq_id', nextval('orders.mt_events_sequence'), 'id', gen_random_uuid())) c
            where e.stream_id like '%-seed';
        insert into orders.mt_doc_order
            select c.* from orders.mt_doc_order d, copies, jsonb_populate_record(null::orders.mt_doc_order, replace(to_jsonb(d)::text, '-seed', name)::jsonb) c
            where d.id like '%-seed';
        insert into bus.orders_scheduled (due, slot, tenant, group_id, message_id, message_type, body, sent_at)
            select due, slot, tenant, replace(group_id, '-seed', name), gen_random_uuid(), message_type,
                convert_to(replace(convert_from(body, 'utf8'), '-seed', name), 'utf8'), sent_at
            from bus.orders_scheduled, copies where group_id like '%-seed';
        analyze;
        """);
}
