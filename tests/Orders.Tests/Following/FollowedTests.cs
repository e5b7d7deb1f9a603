using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Paying;
using Engagement.Orders.Shipping;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests.Following;

/// <summary>The service as it runs: its program, its queue, its timers, PostgreSQL.</summary>
public sealed class FollowedTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_thank_you_that_is_not_confirmed_within_15_minutes_is_an_urgent_task_for_staff_and_the_metric_says_so()
    {
        const string Tenant = "counted-shop";
        await using var orders = await Open();
        using var metrics = new Counts("engagement.thankyou.overdue", Tenant);

        await orders.TellFor(Tenant, Place, Pay);
        await orders.Drain();
        (await orders.Load<ThankYouWatch>("1001", Tenant))!.Until.ShouldBe(Pay.Reported.ReceivedAt.AddMinutes(15));
        orders.Clock.Advance(TimeSpan.FromMinutes(8.9));
        await orders.Drain();
        (await orders.SentTo("support")).ShouldBeEmpty();
        orders.Clock.Advance(TimeSpan.FromMinutes(0.1));
        await orders.Drain();

        var task = (RaiseStaffTask)(await orders.SentTo("support")).ShouldHaveSingleItem().Message;
        (task.Kind, task.Urgency, task.CustomerId, task.Subject).ShouldBe((StaffTaskKind.ThankYouOverdue, Urgency.High, Giulia, "order/1001"));
        (await orders.Load<ThankYouWatch>("1001", Tenant)).ShouldBeNull();
        await orders.Until(() => Task.FromResult(metrics.Sum > 0), "it is counted, just after the commit");
        metrics.Sum.ShouldBe(1);
    }

    [Fact]
    public async Task A_thank_you_that_left_ends_its_watch_and_its_timer_does_nothing()
    {
        await using var orders = await Open();

        await orders.Tell(Place, Pay);
        await orders.Drain();
        await orders.Tell(new MessageSent(ThankYou.Key, MessageKind.ThankYou, Giulia, Spec.Noon), new MessageSent(new("offer/7"), MessageKind.Offer, Giulia, Spec.Noon));
        await orders.Tell(new MessageSent(ThankYou.Key, MessageKind.ThankYou, Giulia, Spec.Noon));   // again
        await orders.Drain();
        (await orders.Load<ThankYouWatch>("1001")).ShouldBeNull();
        orders.Clock.Advance(TimeSpan.FromHours(1));
        await orders.Drain();

        (await orders.SentTo("support")).ShouldBeEmpty();
        (await orders.Stream("order/1001")).ShouldBe([Placed, Paid, new ThankYouLeft(Spec.Noon)], new AsWritten());
        (await orders.Scalar<long>("select count(*) from bus.orders_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task An_order_s_timers_run_to_its_end_through_delay_call_and_check_in()
    {
        await using var orders = await Open();
        await orders.Tell(Place, Pay, Ship);
        await orders.Drain();
        await orders.Tell(new MessageSent(ThankYou.Key, MessageKind.ThankYou, Giulia, Spec.Noon));
        await orders.Drain();

        orders.Clock.AdvanceTo(new DateTimeOffset(2026, 1, 20, 23, 0, 0, TimeSpan.Zero));
        await orders.Drain();
        (await orders.SentTo("gateway")).Select(queued => queued.Message).ShouldBe(
            [new OrderLate(Id, Giulia, new DateOnly(2026, 1, 20), orders.Clock.GetUtcNow())]);
        orders.Clock.Advance(TimeSpan.FromDays(3));
        await orders.Drain();
        (await orders.SentTo("support")).Select(queued => ((RaiseStaffTask)queued.Message).Key.Value).ShouldBe(["order-late/order-1001"]);

        await orders.Tell(Deliver with { Reported = new(orders.Clock.GetUtcNow(), orders.Clock.GetUtcNow()) });
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromDays(60));
        await orders.Drain();

        (await Told(orders)).ShouldBe(
            ["thank-you/order-1001", "shipped/order-1001/ZA17", "delayed/order-1001", "delivered/order-1001", "check-in/order-1001"],
            ignoreOrder: true);
        (await orders.SentTo("support"))[^1].Message.ShouldBeOfType<WithdrawStaffTask>().Key.Value.ShouldBe("order-late/order-1001");
        (await orders.Timers()).ShouldBeEmpty();
    }

    [Fact]
    public async Task While_an_inquiry_is_open_nobody_is_asked_and_once_it_is_answered_at_the_next_good_hour()
    {
        await using var orders = await Open();
        var inquiry = new InquiryId("i-1");
        await orders.Tell(Place with { PromisedOn = null }, Pay, Ship, Deliver, new InquiryOpened(inquiry, Giulia, null, Spec.Noon));
        await orders.Drain();
        orders.Clock.AdvanceTo(Deliver.Reported.OccurredAt.AddDays(4));
        await orders.Drain();
        (await Told(orders)).ShouldNotContain("check-in/order-1001");

        await orders.Tell(new InquiryAnswered(inquiry, Giulia, null, orders.Clock.GetUtcNow()), new InquiryOpened(inquiry, Giulia, null, Spec.Noon));   // told late
        await orders.Drain();
        orders.Clock.Advance(TimeSpan.FromDays(1));
        await orders.Drain();

        (await Told(orders)).ShouldContain("check-in/order-1001");
        (await orders.Load<CustomersInquiry>("i-1"))!.IsOpen.ShouldBeFalse();
    }

    [Fact]
    public async Task A_shop_s_settings_hold_for_its_orders()
    {
        await using var orders = await Open();
        (await Set(orders, new { leadDays = 1, thankYouWithinMinutes = 5, checkInEnabled = false, zone = "America/New_York" })).Status.ShouldBe(HttpStatusCode.OK);

        await orders.Tell(Place with { PromisedOn = null }, Pay);   // that came six minutes ago
        await orders.Drain();

        (await orders.Timers()).Select(timer => (timer.Message, timer.Due)).ShouldBe(
            [(new PromiseEnded(Id, new DateOnly(2026, 1, 13)), (DateTimeOffset?)new DateTimeOffset(2026, 1, 14, 5, 0, 0, TimeSpan.Zero))]);
        (await orders.SentTo("support")).Select(queued => ((RaiseStaffTask)queued.Message).Kind).ShouldBe([StaffTaskKind.ThankYouOverdue]);
    }

    [Fact]
    public async Task Settings_that_can_not_hold_are_refused_all_at_once()
    {
        await using var orders = await Open();

        var (status, body) = await Set(orders, new { leadDays = -1, checkInHour = 24, zone = "Rome/", workingDays = Array.Empty<string>() });

        status.ShouldBe(HttpStatusCode.BadRequest);
        body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString())
            .ShouldBe(["/leadDays", "/workingDays", "/zone", "/checkInHour"], ignoreOrder: true);
        var holds = await orders.Get<JsonElement>("/v1/settings/orders");
        (holds.GetProperty("thankYouWithinMinutes").GetInt32(), holds.GetProperty("checkInHour").GetInt32(), holds.GetProperty("leadDays").ValueKind)
            .ShouldBe((15, 10, JsonValueKind.Null));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> Set(ServiceHost orders, object settings)
    {
        using var request = orders.Sign(HttpMethod.Put, "/v1/settings/orders");
        request.Content = JsonContent.Create(settings);
        using var answer = await orders.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private static async Task<IEnumerable<string>> Told(ServiceHost orders) =>
        (await orders.SentTo("messaging")).Select(queued => queued.Message).OfType<SendMessage>().Select(message => message.Key.Value).Distinct();

    private Task<ServiceHost> Open() => ServiceHost.Open<Program>(postgres, OrdersService.Model);
}
