using System.Diagnostics.Metrics;
using Engagement.ServiceDefaults;
using Npgsql;

namespace Engagement.Messaging.Switching;

/// <summary>Says now and then which shops have stopped, while somebody listens.</summary>
internal sealed class CountStopped : BackgroundService
{
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private static readonly string Sql = $"select tenant_id, data ->> 'IsStopped' = 'true' from {MessagingService.Model.Name}.mt_doc_sendingswitch";

    private readonly Meter _meter = new(MessagingMetrics.MeterName);
    private readonly ObservableGauge<long> _stopped;
    private readonly NpgsqlDataSource _database;
    private readonly RealTime _real;
    private readonly ILogger<CountStopped> _log;
    private Measurement<long>[] _counted = [];

    public CountStopped(NpgsqlDataSource database, RealTime real, ILogger<CountStopped> log)
    {
        (_database, _real, _log) = (database, real, log);
        _stopped = _meter.CreateObservableGauge(
            "engagement.sending.stopped", () => Volatile.Read(ref _counted), "{shop}", "1 for a shop whose messages are stopped, 0 for one whose go on again.");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, _real.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_stopped.Enabled) continue;
            try
            {
                Volatile.Write(ref _counted, [.. await Count(stoppingToken)]);
            }
            catch (NpgsqlException e)
            {
                _log.LogWarning(e, "Which shops have stopped could not be read; it is tried again in {Pause}.", Pause);
            }
        }
    }

    /// <summary>One row for each shop that ever stopped: few.</summary>
    private async Task<List<Measurement<long>>> Count(CancellationToken ct)
    {
        await using var count = _database.CreateCommand(Sql);
        await using var reader = await count.ExecuteReaderAsync(ct);
        List<Measurement<long>> counted = [];
        while (await reader.ReadAsync(ct)) counted.Add(new(reader.GetBoolean(1) ? 1 : 0, new KeyValuePair<string, object?>("engagement.tenant", reader.GetString(0))));
        return counted;
    }
}
