using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Engagement.ServiceDefaults;

/// <summary>Runs the telemetry: first to start, last to stop, and what was measured until then is sent.</summary>
internal sealed class TelemetryHost(Func<OpenTelemetrySdk> start, ILogger<TelemetryHost> log) : IHostedService
{
    private const int FlushMilliseconds = 2_000;
    private OpenTelemetrySdk? _telemetry;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _telemetry = start();
        return Task.CompletedTask;
    }

    /// <summary>A collector that is gone must not hold the stop up.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_telemetry is not { } telemetry) return;
        var sent = await Task.WhenAll(
            Task.Run(() => telemetry.TracerProvider.Shutdown(FlushMilliseconds), CancellationToken.None),
            Task.Run(() => telemetry.MeterProvider.Shutdown(FlushMilliseconds), CancellationToken.None));
        if (!sent.All(all => all)) log.LogWarning("The last telemetry could not be sent.");
        telemetry.Dispose();
    }
}
