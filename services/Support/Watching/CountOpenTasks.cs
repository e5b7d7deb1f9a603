using System.Diagnostics.Metrics;
using Engagement.ServiceDefaults;
using Npgsql;

namespace Engagement.Support.Watching;

/// <summary>Counts, now and then, what is still to do in each shop, while somebody listens.</summary>
internal sealed class CountOpenTasks : BackgroundService
{
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    /// <summary>From shop to shop by the key, then what is open of each by the index: closed tasks cost nothing.</summary>
    internal const string Sql =
        """
        with recursive shops as (
            (select tenant_id from support.mt_doc_stafftask order by tenant_id limit 1)
            union all
            select (select d.tenant_id from support.mt_doc_stafftask d where d.tenant_id > s.tenant_id order by d.tenant_id limit 1)
            from shops s where s.tenant_id is not null)
        select s.tenant_id, o.in_time, o.overdue from shops s
        cross join lateral (
            select count(*) filter (where d.data ->> 'IsOverdue' = 'false') as in_time, count(*) filter (where d.data ->> 'IsOverdue' = 'true') as overdue
            from support.mt_doc_stafftask d where d.tenant_id = s.tenant_id and cast(d.data ->> 'IsClosed' as boolean) = false) o
        where s.tenant_id is not null
        """;

    private readonly Meter _meter = new(SupportMetrics.MeterName);
    private readonly ObservableGauge<long> _open;
    private readonly NpgsqlDataSource _database;
    private readonly RealTime _real;
    private readonly ILogger<CountOpenTasks> _log;
    private Measurement<long>[] _counted = [];

    public CountOpenTasks(NpgsqlDataSource database, RealTime real, ILogger<CountOpenTasks> log)
    {
        (_database, _real, _log) = (database, real, log);
        _open = _meter.CreateObservableGauge(
            "engagement.staff_tasks.open", () => Volatile.Read(ref _counted), "{task}", "Tasks still to do, in time and overdue.");
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
            if (!_open.Enabled) continue;
            try
            {
                Volatile.Write(ref _counted, [.. await Count(stoppingToken)]);
            }
            catch (NpgsqlException e)
            {
                _log.LogWarning(e, "Open tasks could not be counted; it is tried again in {Pause}.", Pause);
            }
        }
    }

    private async Task<List<Measurement<long>>> Count(CancellationToken ct)
    {
        await using var count = _database.CreateCommand(Sql);
        await using var reader = await count.ExecuteReaderAsync(ct);
        List<Measurement<long>> counted = [];
        while (await reader.ReadAsync(ct))
        {
            KeyValuePair<string, object?> tenant = new("engagement.tenant", reader.GetString(0));
            counted.Add(new(reader.GetInt64(1), tenant, new("overdue", false)));
            counted.Add(new(reader.GetInt64(2), tenant, new("overdue", true)));
        }

        return counted;
    }
}
