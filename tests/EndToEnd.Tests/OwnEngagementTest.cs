using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

/// <summary>A test with an Engagement of its own, empty at its start; long, therefore.</summary>
public abstract class OwnEngagementTest : IAsyncLifetime
{
    /// <summary>Longer than a lease: what a killed process was about to send waits for its end.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly EngagementFolder folder = new();
    private RunningEngagement? engagement;

    protected RunningEngagement Engagement => engagement!;

    public virtual async ValueTask InitializeAsync() => engagement = await RunningEngagement.StartAsync(folder);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        using (folder)
            if (engagement is not null)
            {
                Report.WhenFailed(engagement);
                await engagement.DisposeAsync();
            }
    }
}
