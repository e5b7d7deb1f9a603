using Engagement.EndToEnd.Tests.Running;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests;

/// <summary>Real orders of a marketplace, where they lie beside the repository; they are not part of it.</summary>
[Trait("Category", "Long")]
public sealed class RealOrdersTests : OwnEngagementTest
{
    private readonly string? realFile = Repository.Shared("data", "olist-orders.csv");

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(realFile is not null, "shared/data/olist-orders.csv is not beside the repository.");
        await base.InitializeAsync();
    }

    [Fact]
    public async Task Each_paid_order_is_thanked_for_once_and_a_second_replay_adds_nothing()
    {
        var paid = PaidOrders(File.ReadLines(realFile!));
        paid.Count.ShouldBe(2495);

        var first = await ReplayRun.OrdersAsync(Engagement, realFile!);
        await Engagement.DrainedAsync(Patience);

        first.ExitCode.ShouldBe(0, first.Output);
        Engagement.Mails.ShouldBeAbout("", paid);

        var second = await ReplayRun.OrdersAsync(Engagement, realFile!);
        await Engagement.DrainedAsync(Patience);

        second.Reported("repeats").ShouldBe(second.Reported("accepted"));
        Engagement.Mails.ShouldBeAbout("", paid);
        (await Engagement.Database.EventsAsync("messaging", "message/%")).Values.ShouldAllBe(count => count == paid.Count);
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(first.Output);
    }

    [Fact]
    public async Task The_clock_follows_the_first_200_orders()
    {
        string[] rows = [.. File.ReadLines(realFile!).Take(201)];
        var file = Path.Combine(Engagement.WorkingFolder, "first.csv");
        await File.WriteAllLinesAsync(file, rows);

        var replay = await ReplayRun.OrdersAsync(Engagement, file, "--follow-clock");
        await Engagement.DrainedAsync(Patience);

        replay.ExitCode.ShouldBe(0, replay.Output);
        Engagement.Mails.ShouldBeAbout("", PaidOrders(rows));
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(replay.Output);
    }

    private static List<string> PaidOrders(IEnumerable<string> lines) =>
        [.. lines.Skip(1).Select(line => line.Split(',')).Where(fields => fields[4].Length > 0).Select(fields => MailFolder.NameOf(fields[0]))];
}
