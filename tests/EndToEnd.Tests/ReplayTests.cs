using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

[Collection(Shared.Name)]
public sealed class ReplayTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    private static readonly DateTimeOffset Start = new(2018, 3, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_file_of_orders_thanks_for_each_paid_one_once_however_often_it_is_replayed()
    {
        var file = new OrdersFile(Path.Combine(Engagement.WorkingFolder, "orders.csv"), "file-", orders: 100, Start, "file-broken,c,delivered,yesterday,,,,");

        var first = await ReplayRun.OrdersAsync(Engagement, file.Path);
        await Engagement.DrainedAsync();

        first.ExitCode.ShouldBe(0, first.Output);
        first.Output.ShouldContain("line 102: skipped");
        first.Reported("accepted").ShouldBe((int)file.Events);
        Engagement.Mails.ShouldBeAbout("file-", file.Mails, file.Overtaken);
        var stored = await Engagement.Database.EventsAsync("orders", "order/file-%");
        stored.Where(events => file.EventsByType.ContainsKey(events.Key)).ToDictionary().ShouldBe(file.EventsByType, ignoreOrder: true);
        foreach (var order in file.Orders.Take(20))
            (await Shop.OrderAsync(order.Id)).Text("status").ShouldBe(order.Status, order.Id);

        var second = await ReplayRun.OrdersAsync(Engagement, file.Path);
        await Engagement.DrainedAsync();

        second.Reported("repeats").ShouldBe((int)file.Events);
        Engagement.Mails.ShouldBeAbout("file-", file.Mails, file.Overtaken);
        (await Engagement.Database.EventsAsync("messaging", "message/thank-you/order-file-%")).Values.ShouldAllBe(count => count <= file.Orders.Count(order => order.IsPaid));
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
    }
}
