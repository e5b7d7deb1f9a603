using System.Diagnostics;
using Engagement.Contracts;
using Engagement.Orders.Paying;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

/// <summary>The service as it runs: its program, its queue, PostgreSQL.</summary>
public sealed class ThroughTheQueueTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Duplicates_told_at_once_and_in_any_order_make_one_order_and_one_message_of_its_end()
    {
        await using var orders = await Open();
        var random = new Random(20260112);
        OrderId[] paid = [.. Enumerable.Range(1, 30).Select(i => new OrderId($"paid-{i}"))];
        OrderId[] unpaid = [.. Enumerable.Range(1, 10).Select(i => new OrderId($"unpaid-{i}"))];

        IOrderFact[] facts =
        [
            .. paid.SelectMany(order => All.Select(fact => fact.Of(order))),
            .. unpaid.SelectMany(order => All.Except([Pay]).Select(fact => fact.Of(order))),
        ];
        IOrderFact[] told = [.. facts, .. facts, .. facts];
        random.Shuffle(told);
        await Task.WhenAll(told.Chunk(60).Select(some => orders.Tell([.. some])));
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromMinutes(2));
        await orders.Drain();

        foreach (var key in paid.Select(Order.Key)) Spec.Written([(await orders.Load<Order>(key))!]).ShouldBe(Spec.Written([Whole with { Id = key }]));
        foreach (var order in unpaid) (await orders.Stream(Order.Key(order))).Count.ShouldBe(6);
        (await orders.Scalar<long>("select count(*) from orders.mt_events")).ShouldBe((30 * 7) + (10 * 6));
        var sent = await orders.SentTo("messaging");
        var ended = sent.Select(queued => queued.Message).OfType<SendMessage>().Where(message => message.Kind is MessageKind.OrderCancelled or MessageKind.OrderRefunded);
        ended.Select(message => message.Key.Value).ShouldBe(
            paid.Concat(unpaid).SelectMany(order => new[] { $"order-cancelled/order-{order}", $"order-refunded/order-{order}/r-1" }), ignoreOrder: true);
        var toCarts = (await orders.SentTo("carts")).Select(queued => queued.Message).ToArray();
        toCarts.OfType<Contracts.OrderPlaced>().Select(placed => placed.Order).ShouldBe([.. paid, .. unpaid], ignoreOrder: true);   // once each
        toCarts.OfType<Contracts.OrderCancelled>().Select(cancelled => (cancelled.Order, cancelled.CustomerId)).ShouldBe(
            paid.Concat(unpaid).Select(order => (order, Giulia)), ignoreOrder: true);
        (await orders.Scalar<long>("select count(*) from bus.orders_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task An_order_that_comes_within_60_seconds_is_thanked_for_with_its_details_and_its_timer_does_nothing()
    {
        await using var orders = await Open();

        await orders.Tell(Pay);
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromSeconds(59));
        await orders.Tell(Place);
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromSeconds(10));
        await orders.Drain();

        await ThenSent(orders, ThankYou);
        (await orders.Timers()).ShouldNotContain(timer => timer.Message is OrderDetailsOverdue);
    }

    [Fact]
    public async Task A_payment_whose_order_does_not_come_is_thanked_for_after_60_seconds_and_not_before()
    {
        await using var orders = await Open();

        await orders.Tell(Pay);
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromSeconds(59.9));
        await orders.Drain();
        var timer = (await orders.Timers()).Where(timer => timer.Message is OrderDetailsOverdue).ShouldHaveSingleItem();
        (timer.Due, timer.Tenant, timer.Group, timer.Message).ShouldBe((Spec.Noon.AddSeconds(60), ServiceHost.Tenant, "order/1001", PatienceEnds));
        await ThenSent(orders);

        orders.Clock.Advance(TimeSpan.FromSeconds(0.1));
        await orders.Drain();
        await ThenSent(orders, ThankYouWithoutDetails);
    }

    [Fact]
    public async Task Two_shops_have_two_orders_of_the_same_number()
    {
        await using var orders = await Open();

        await orders.Tell(Place, Pay);
        await orders.TellFor("other", Place, Cancel);
        await orders.Drain();

        (await orders.Stream("order/1001")).ShouldBe([Placed, Paid], new AsWritten());
        (await orders.Stream("order/1001", "other")).ShouldBe([Placed, Cancelled], new AsWritten());
        (await orders.SentTo("messaging")).Where(queued => queued.Message is SendMessage { Kind: MessageKind.ThankYou }).Select(queued => queued.Tenant)
            .ShouldBe([ServiceHost.Tenant]);
    }

    [Fact]
    public async Task The_thank_you_goes_to_the_group_of_its_customer_so_that_a_contact_told_before_is_known_before()
    {
        await using var orders = await Open();

        await orders.Tell(Place, Pay);
        await orders.Drain();

        (await orders.SentTo("messaging")).Select(queued => queued.Group).ShouldBe(["customer/c-1"]);
    }

    [Fact]
    public async Task One_trace_leads_from_whoever_told_us_to_the_thank_you_and_the_timer_s_own_links_to_it()
    {
        await using var orders = await Open();
        using var spans = new Spans();
        using var request = new Activity("a request of the Gateway").SetIdFormat(ActivityIdFormat.W3C).Start();

        await orders.Tell(Pay);
        request.Stop();
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromSeconds(60));
        await orders.Drain();

        await orders.Until(() => Task.FromResult(spans.LinkedTo(request.TraceId).Count == 1), "the timer's span ends");   // it is told after the commit
        var handled = spans.Of(request.TraceId).Single(span => span.DisplayName == "process RecordPayment");
        handled.ParentSpanId.ShouldBe(request.SpanId);
        handled.GetTagItem("engagement.tenant").ShouldBe(ServiceHost.Tenant);
        var timer = spans.LinkedTo(request.TraceId).ShouldHaveSingleItem();
        timer.DisplayName.ShouldBe("process OrderDetailsOverdue");
        timer.Links.Single().Context.SpanId.ShouldBe(handled.SpanId);
        (await orders.SentTo("messaging")).Single().ParentId.ShouldBe(timer.Id);
    }

    private Task<ServiceHost> Open() => ServiceHost.Open<Program>(postgres, OrdersService.Model);

    private static async Task ThenSent(ServiceHost orders, params SendMessage[] expected) =>
        Spec.Written((await orders.SentTo("messaging")).Select(queued => queued.Message).Where(message => message is SendMessage { Kind: MessageKind.ThankYou }))
            .ShouldBe(Spec.Written(expected));
}
