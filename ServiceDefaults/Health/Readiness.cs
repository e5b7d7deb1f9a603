using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engagement.ServiceDefaults;

/// <summary>
/// What this process still waits for before it can work: the health check <c>ready</c>, and so <c>/health</c>, fails until all of
/// it is there. A singleton, thread-safe.
/// </summary>
public sealed class Readiness : IHealthCheck
{
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _pending = new(StringComparer.Ordinal);

    /// <summary>Not ready until <see cref="Done"/> is told the same name: <c>"queues"</c>.</summary>
    public void WaitFor(string what)
    {
        lock (_lock) _pending.Add(what);
    }

    /// <summary>It is there. Telling it twice does no harm.</summary>
    public void Done(string what)
    {
        lock (_lock) _pending.Remove(what);
    }

    Task<HealthCheckResult> IHealthCheck.CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_pending.Count == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"waiting for {string.Join(", ", _pending)}"));
        }
    }
}
