using System.Globalization;
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
        var load = Load();
        TimeSpan first, later;
        await using (var engagement = await RunningEngagement.StartAsync(folder))
            first = engagement.StartedIn;
        await using (var engagement = await RunningEngagement.StartAsync(folder))
        {
            later = engagement.StartedIn;
            await engagement.Shop.GetAsync("/v1/messages");   // the key of the first start still opens
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            FormattableString.Invariant($"All healthy: {first.TotalSeconds:0.0} s on the first start, {later.TotalSeconds:0.0} s on a later one (load {load:0.0} before, {Environment.ProcessorCount} cores)"));
        Assert.SkipWhen(load > 0.5, "The machine has other work: the limits say nothing.");
        first.ShouldBeLessThan(FirstLimit);
        later.ShouldBeLessThan(LaterLimit);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The load average of the last minute; unknown counts as high.</summary>
    private static double Load() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : double.MaxValue;
}
