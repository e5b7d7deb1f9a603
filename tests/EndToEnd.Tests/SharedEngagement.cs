using Engagement.EndToEnd.Tests.Running;
using Engagement.EndToEnd.Tests.Telemetry;

// What runs beside would be measured along.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Engagement.EndToEnd.Tests;

/// <summary>One Engagement, with a collector of telemetry, for all tests that leave its clock and its processes alone.</summary>
public sealed class SharedEngagement : IAsyncLifetime
{
    private readonly EngagementFolder folder = new();

    public RunningEngagement Engagement { get; private set; } = null!;

    internal OtlpReceiver Telemetry { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Telemetry = await OtlpReceiver.StartAsync();
        Engagement = await RunningEngagement.StartAsync(
            folder, ("OTEL_EXPORTER_OTLP_ENDPOINT", Telemetry.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
    }

    public async ValueTask DisposeAsync()
    {
        using (folder)
        await using (Telemetry)
        await using (Engagement)
        {
        }
    }
}

[CollectionDefinition(Name)]
public sealed class Shared : ICollectionFixture<SharedEngagement>
{
    public const string Name = "one Engagement";
}

/// <summary>A test on a running Engagement; when it fails, what the services said last is part of its output.</summary>
public abstract class EndToEndTest(RunningEngagement engagement) : IDisposable
{
    protected RunningEngagement Engagement => engagement;

    protected Shop Shop => engagement.Shop;

    public void Dispose()
    {
        Report.WhenFailed(engagement);
        GC.SuppressFinalize(this);
    }
}
