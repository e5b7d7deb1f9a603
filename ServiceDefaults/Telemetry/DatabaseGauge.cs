using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>A gauge of what the database says, asked now and then while somebody listens.</summary>
public abstract class DatabaseGauge : BackgroundService
{
    /// <summary>From one look to the next, on the clock on the wall.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private readonly Meter _meter;
    private readonly ObservableGauge<long> _gauge;
    private readonly string _sql;
    private readonly NpgsqlDataSource _database;
    private readonly RealTime _real;
    private readonly ILogger _log;
    private Measurement<long>[] _read = [];

    protected DatabaseGauge(string meter, string name, string unit, string description, string sql, NpgsqlDataSource database, RealTime real, ILogger log)
    {
        (_sql, _database, _real, _log) = (sql, database, real, log);
        _meter = new Meter(meter);
        _gauge = _meter.CreateObservableGauge(name, () => Volatile.Read(ref _read), unit, description);
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What one row says.</summary>
    protected abstract IEnumerable<Measurement<long>> Measure(NpgsqlDataReader row);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, _real.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_gauge.Enabled) continue;
            try
            {
                Volatile.Write(ref _read, await ReadAsync(stoppingToken));
            }
            catch (NpgsqlException e)
            {
                _log.LogWarning(e, "The gauge {Gauge} could not be read; it is tried again in {Pause}.", _gauge.Name, Pause);
            }
        }
    }

    private async Task<Measurement<long>[]> ReadAsync(CancellationToken ct)
    {
        await using var command = _database.CreateCommand(_sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Measurement<long>> read = [];
        while (await reader.ReadAsync(ct)) read.AddRange(Measure(reader));
        return [.. read];
    }
}
