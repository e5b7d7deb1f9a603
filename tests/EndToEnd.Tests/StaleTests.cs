using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

[Collection(Shared.Name)]
public sealed class StaleTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    [Fact]
    public async Task A_payment_of_five_days_ago_is_not_written_about()
    {
        var then = TimeProvider.System.GetUtcNow().AddDays(-5);

        await Shop.PublishAsync(Told.Placed("stale", then, Buyer.Giulia), Told.Paid("stale", then));
        await Engagement.DrainedAsync();

        (await Shop.OrderAsync("stale")).Text("status").ShouldBe("Paid");
        var message = (await Shop.MessagesAsync("stale")).ShouldHaveSingleItem();
        message.Text("state").ShouldBe("Suppressed");
        message.Text("reason").ShouldBe("stale");
        Engagement.Mails.About("stale").ShouldBeEmpty();
    }

    [Fact]
    public async Task History_makes_state_and_no_message()
    {
        var now = TimeProvider.System.GetUtcNow();

        await Shop.PublishAsync(Told.Placed("history", now, Buyer.Giulia).Backfilled(), Told.Paid("history", now).Backfilled());
        await Engagement.DrainedAsync();

        (await Shop.OrderAsync("history")).Text("status").ShouldBe("Paid");
        (await Shop.MessagesAsync("history")).ShouldBeEmpty();
        Engagement.Mails.About("history").ShouldBeEmpty();
    }
}
