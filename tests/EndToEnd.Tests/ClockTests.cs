using System.Net;
using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

/// <summary>An Engagement whose clock was set to a day of 2017 before anything happened.</summary>
public sealed class EngagementOf2017 : IAsyncLifetime
{
    public static readonly DateTimeOffset Start = new(2017, 10, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly EngagementFolder folder = new();

    public RunningEngagement Engagement { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Engagement = await RunningEngagement.StartAsync(folder);
        (await Engagement.Shop.SetClockAsync(Start)).ShouldBe(HttpStatusCode.OK);
    }

    public async ValueTask DisposeAsync()
    {
        using (folder)
        await using (Engagement)
        {
        }
    }
}

public sealed class ClockTests(EngagementOf2017 fixture) : EndToEndTest(fixture.Engagement), IClassFixture<EngagementOf2017>
{
    private static readonly TimeSpan JustBefore = TimeSpan.FromSeconds(45);   // the clock goes on by itself meanwhile
    private static readonly TimeSpan TheRest = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_payment_without_its_order_is_thanked_for_after_a_minute()
    {
        await Shop.PublishAsync(Told.Paid("early", await Shop.ClockAsync(), Buyer.Harriet));
        await Engagement.DrainedAsync();   // the minute begins when the payment is handled
        await Shop.AdvanceClockAsync(JustBefore);
        Engagement.Mails.About("early").ShouldBeEmpty();

        await Shop.AdvanceClockAsync(TheRest);

        Engagement.Mails.About("early").ShouldHaveSingleItem();
        Engagement.Mails.Read("early").ShouldSatisfyAllConditions(
            mail => mail.ShouldContain("Hello Harriet,"),
            mail => mail.ShouldNotContain("Moka"),
            mail => mail.ShouldContain(" Oct 2017 "));

        await Shop.PublishAsync(Told.Placed("early", await Shop.ClockAsync(), Buyer.Harriet));
        await Engagement.DrainedAsync();
        (await Shop.MessagesAsync("early")).ShouldHaveSingleItem().Text("state").ShouldBe("Sent");
        (await Engagement.Database.EventsAsync("messaging", "message/thank-you/order-early")).Values.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task A_payment_of_nobody_known_becomes_a_staff_task_after_a_minute()
    {
        await Shop.PublishAsync(Told.Paid("nobodys", await Shop.ClockAsync()));
        await Engagement.DrainedAsync();
        await Shop.AdvanceClockAsync(JustBefore);
        (await Shop.StaffTasksAsync("nobodys")).ShouldBeEmpty();

        await Shop.AdvanceClockAsync(TheRest);

        (await Shop.StaffTasksAsync("nobodys")).ShouldHaveSingleItem().Text("kind").ShouldBe("UnknownCustomer");
        (await Shop.MessagesAsync("nobodys")).ShouldHaveSingleItem().Text("state").ShouldBe("HandedToStaff");
    }

    [Fact]
    public async Task A_staff_task_is_overdue_after_two_days_and_done_by_one_person_and_the_message_closed()
    {
        await Shop.PublishAsync(Told.Paid("left-lying", await Shop.ClockAsync()));
        await Engagement.DrainedAsync();
        await Shop.AdvanceClockAsync(TimeSpan.FromMinutes(1));
        var task = (await Shop.StaffTasksAsync("left-lying")).ShouldHaveSingleItem();
        task.GetProperty("isOverdue").GetBoolean().ShouldBeFalse();

        await Shop.AdvanceClockAsync(TimeSpan.FromDays(2));
        (await Shop.StaffTasksAsync("left-lying")).ShouldHaveSingleItem().GetProperty("isOverdue").GetBoolean().ShouldBeTrue();

        var path = $"/v1/staff-tasks/{Uri.EscapeDataString(task.Text("key")!)}";
        (await Shop.PostAsync($"{path}/take", new { staff = "anna" })).ShouldBe(HttpStatusCode.OK);
        (await Shop.PostAsync($"{path}/done", new { staff = "bruno", outcome = "Solved" })).ShouldBe(HttpStatusCode.Conflict);
        (await Shop.PostAsync($"{path}/done", new { staff = "anna", outcome = "Solved" })).ShouldBe(HttpStatusCode.OK);
        await Engagement.DrainedAsync();

        (await Shop.GetAsync(path)).Text("state").ShouldBe("Done");
        (await Shop.StaffTasksAsync("left-lying")).ShouldBeEmpty();
        (await Shop.MessagesAsync("left-lying")).ShouldHaveSingleItem().Text("state").ShouldBe("ClosedByStaff");
    }

    [Fact]
    public async Task A_staff_task_is_withdrawn_when_the_mail_leaves_after_all()
    {
        await Shop.PublishAsync(Told.Paid("told-late", await Shop.ClockAsync()));
        await Engagement.DrainedAsync();
        await Shop.AdvanceClockAsync(TimeSpan.FromMinutes(1));
        (await Shop.StaffTasksAsync("told-late")).ShouldHaveSingleItem();

        await Shop.PublishAsync(Told.Placed("told-late", await Shop.ClockAsync(), Buyer.Giulia));
        await Engagement.Mails.ArrivesAsync("told-late");
        await Engagement.DrainedAsync();

        (await Shop.StaffTasksAsync("told-late")).ShouldBeEmpty();
        (await Shop.GetAsync("/v1/staff-tasks/unknown-customer%2Fthank-you%2Forder-told-late")).Text("state").ShouldBe("Withdrawn");
    }

    [Fact]
    public async Task A_customer_without_an_address_becomes_a_staff_task_after_a_minute()
    {
        var now = await Shop.ClockAsync();
        await Shop.PublishAsync(Told.Placed("unreachable", now, new Buyer("c-unreachable", "Ugo", null, "it")), Told.Paid("unreachable", now));
        await Engagement.DrainedAsync();
        await Shop.AdvanceClockAsync(JustBefore);
        (await Shop.MessagesAsync("unreachable")).ShouldHaveSingleItem().Text("state").ShouldBe("WaitingForContact");

        await Shop.AdvanceClockAsync(TheRest);

        (await Shop.StaffTasksAsync("unreachable")).ShouldHaveSingleItem().Text("kind").ShouldBe("NoAddress");
        Engagement.Mails.About("unreachable").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mail_that_waits_for_an_address_leaves_when_it_comes()
    {
        var now = await Shop.ClockAsync();
        await Shop.PublishAsync(Told.Placed("waiting", now, new Buyer("c-waiting", "Ugo", null, "it")), Told.Paid("waiting", now));
        await Engagement.DrainedAsync();
        await Shop.AdvanceClockAsync(JustBefore);

        await Shop.PublishAsync(Told.Placed("of-the-same", await Shop.ClockAsync(), new Buyer("c-waiting", "Ugo Neri", "ugo@posta.example", "it")));
        await Engagement.Mails.ArrivesAsync("waiting");

        await Shop.AdvanceClockAsync(TheRest);
        (await Shop.StaffTasksAsync("waiting")).ShouldBeEmpty();
        (await Shop.MessagesAsync("waiting")).ShouldHaveSingleItem().Text("state").ShouldBe("Sent");
    }

    [Fact]
    public async Task The_clock_does_not_go_back_once_something_has_happened()
    {
        await Shop.PublishAsync(Told.Placed("happened", await Shop.ClockAsync(), Buyer.Giulia));

        (await Shop.SetClockAsync(EngagementOf2017.Start)).ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task The_clock_follows_a_file_and_mails_bear_its_dates()
    {
        var start = (await Shop.ClockAsync()).AddHours(2);
        var file = new OrdersFile(Path.Combine(Engagement.WorkingFolder, "follow.csv"), "follow-", orders: 20, start);

        var replay = await ReplayRun.OrdersAsync(Engagement, file.Path, "--follow-clock");
        await Engagement.DrainedAsync();

        replay.ExitCode.ShouldBe(0, replay.Output);
        Engagement.Mails.ShouldBeAbout("follow-", file.Mails.Concat(file.Overtaken));
        (await Shop.ClockAsync()).ShouldBeGreaterThan(start.AddDays(4));
        var delays = await Engagement.Database.RowsAsync(
            """
            select extract(epoch from (d.data ->> 'RequestedAt')::timestamptz - (d.data -> 'Occasion' ->> 'OccurredAt')::timestamptz)::float8
            from messaging.mt_doc_message d where d.id like 'message/thank-you/order-follow-%'
            """,
            row => TimeSpan.FromSeconds(row.GetDouble(0)));
        delays.Count.ShouldBe(file.Orders.Count(order => order.IsPaid));
        delays.ShouldAllBe(delay => delay >= TimeSpan.Zero && delay < TimeSpan.FromHours(2));
    }
}
