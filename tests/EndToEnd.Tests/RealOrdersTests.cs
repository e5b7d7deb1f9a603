using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

/// <summary>Real orders of a marketplace, where they lie beside the repository; they are not part of it.</summary>
[Trait("Category", "Long")]
public sealed class RealOrdersTests : IAsyncLifetime
{
    private readonly EngagementFolder folder = new();
    private readonly string? realFile = FindFile();
    private RunningEngagement engagement = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(realFile is not null, "shared/data/olist-orders.csv is not beside the repository.");
        engagement = await RunningEngagement.StartAsync(folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (engagement is not null)
            await engagement.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Each_paid_order_is_thanked_for_once_and_a_second_replay_adds_nothing()
    {
        var paid = PaidOrders(File.ReadLines(realFile!));
        paid.Count.ShouldBe(2495);

        var first = await ReplayRun.OrdersAsync(engagement, realFile!);
        await engagement.DrainedAsync();

        first.ExitCode.ShouldBe(0, first.Output);
        engagement.Mails.About("").ShouldBe(paid);

        var second = await ReplayRun.OrdersAsync(engagement, realFile!);
        await engagement.DrainedAsync();

        second.Reported("repeats").ShouldBe(second.Reported("accepted"));
        engagement.Mails.About("").ShouldBe(paid);
        (await engagement.Database.EventsAsync("messaging", "message/%")).Values.ShouldAllBe(count => count == paid.Count);
        (await engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(first.Output);
    }

    [Fact]
    public async Task The_clock_follows_the_first_200_orders()
    {
        string[] rows = [.. File.ReadLines(realFile!).Take(201)];
        await File.WriteAllLinesAsync(folder["first.csv"], rows);

        var replay = await ReplayRun.OrdersAsync(engagement, folder["first.csv"], "--follow-clock");
        await engagement.DrainedAsync();

        replay.ExitCode.ShouldBe(0, replay.Output);
        engagement.Mails.About("").ShouldBe(PaidOrders(rows));
        (await engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(replay.Output);
    }

    private static List<string> PaidOrders(IEnumerable<string> lines) =>
        [.. lines.Skip(1).Select(line => line.Split(',')).Where(fields => fields[4].Length > 0).Select(fields => MailFolder.NameOf(fields[0])).Order(StringComparer.Ordinal)];

    private static string? FindFile()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Engagement.sln")))
            {
                var file = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data", "olist-orders.csv"));
                return File.Exists(file) ? file : null;
            }
        }

        return null;
    }
}
