using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

[Trait("Category", "Long")]
public sealed class StartUpTests : IDisposable
{
    private static readonly TimeSpan FirstLimit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LaterLimit = TimeSpan.FromSeconds(4);

    private readonly EngagementFolder folder = new();

    [Fact]
    public async Task All_is_healthy_within_seconds_and_nothing_is_left_behind()
    {
        var load = Report.Load;
        TimeSpan first, later;
        await using (var engagement = await RunningEngagement.StartAsync(folder))
            first = engagement.StartedIn;
        await using (var engagement = await RunningEngagement.StartAsync(folder))
        {
            later = engagement.StartedIn;
            await engagement.Shop.GetAsync("/v1/messages");   // the key of the first start still opens
        }

        Report.Print($"All healthy: {first.TotalSeconds:0.0} s on the first start, {later.TotalSeconds:0.0} s on a later one", load);
        Assert.SkipWhen(load > 0.5, "The machine has other work: the limits say nothing.");
        first.ShouldBeLessThan(FirstLimit);
        later.ShouldBeLessThan(LaterLimit);
    }

    public void Dispose() => folder.Dispose();
}
