using Engagement.Testing;
using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

[Trait("Category", "Long")]
public sealed class KillTests : OwnEngagementTest
{
    private const int Orders = 1000;
    private const int DeliveriesAtOnce = 8;

    private OrdersFile file = null!;
    private SendWatch sent = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        file = new OrdersFile(Path.Combine(Engagement.WorkingFolder, "orders.csv"), "kill-", Orders, new DateTimeOffset(2018, 3, 1, 8, 0, 0, TimeSpan.Zero));
        sent = Engagement.Mails.Watch();
    }

    public override async ValueTask DisposeAsync()
    {
        sent?.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Killing_Gateway_Orders_and_Messaging_in_mid_replay_loses_nothing_and_doubles_nothing()
    {
        var replay = ReplayRun.OrdersAsync(Engagement, file.Path, "--batch", "10");
        foreach (var (service, share) in new[] { ("gateway", 0.15), ("orders", 0.35), ("messaging", 0.55) })
        {
            await ComesToAsync(share, replay);
            await Engagement.KillAsync(service);
        }

        await ThenNothingIsLostOrDoubledAsync(await replay);
    }

    [Fact]
    public async Task Killing_PostgreSQL_in_mid_replay_loses_nothing_and_doubles_nothing()
    {
        var replay = ReplayRun.OrdersAsync(Engagement, file.Path, "--batch", "10");
        await ComesToAsync(0.4, replay);
        await Engagement.KillAsync("postgres");

        await ThenNothingIsLostOrDoubledAsync(await replay);
    }

    /// <summary>Waits until this share of the file's events was taken.</summary>
    private async Task ComesToAsync(double share, Task<ReplayRun> replay)
    {
        await Eventually.BecomesTrueAsync(
            async () => replay.IsCompleted || await Engagement.Database.CountAsync("from gateway.mt_doc_seenevent") > share * file.Events,
            $"{share:P0} of the replay", Patience);
        replay.IsCompleted.ShouldBeFalse("the replay was over before the kill");
    }

    private async Task ThenNothingIsLostOrDoubledAsync(ReplayRun replay)
    {
        replay.ExitCode.ShouldBe(0, replay.Output);
        replay.Reported("accepted").ShouldBe((int)file.Events);
        await Engagement.DrainedAsync(Patience);

        Engagement.Mails.ShouldBeAbout("kill-", file.Mails, file.Overtaken);
        var stored = await Engagement.Database.EventsAsync("orders", "order/%");
        stored.Where(events => file.EventsByType.ContainsKey(events.Key)).ToDictionary().ShouldBe(file.EventsByType, ignoreOrder: true);
        var messages = await Engagement.Database.EventsAsync("messaging", "message/%");
        messages["message_requested"].ShouldBe(file.Mails.Concat(file.Overtaken).Count());
        messages["message_sent"].ShouldBe(Engagement.Mails.About("kill-").Count);
        var states = await Engagement.Database.RowsAsync("select id, data ->> 'Status' from orders.mt_doc_order", row => (row.GetString(0), row.GetString(1)));
        states.ToDictionary().ShouldBe(file.Orders.ToDictionary(order => $"order/{order.Id}", order => order.Status), ignoreOrder: true);
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        // The window between handing a mail over and recording that: whatever was under way at the kill may be sent again, as the same mail.
        sent.Count.ShouldBeGreaterThanOrEqualTo(file.Mails.Count());
        sent.Repeats.Count().ShouldBeLessThanOrEqualTo(DeliveriesAtOnce);
        TestContext.Current.TestOutputHelper!.WriteLine($"{replay.Output}\nsent again: {sent.Repeats.Count()}");
    }
}
