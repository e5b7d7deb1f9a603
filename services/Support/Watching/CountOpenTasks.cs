using System.Diagnostics.Metrics;
using Engagement.ServiceDefaults;
using Npgsql;

namespace Engagement.Support.Watching;

/// <summary>Counts what is still to do in each shop.</summary>
internal sealed class CountOpenTasks(NpgsqlDataSource database, RealTime real, ILogger<CountOpenTasks> log) : DatabaseGauge(
    SupportMetrics.MeterName, "engagement.staff_tasks.open", "{task}", "Tasks still to do, in time and overdue.", Sql, database, real, log)
{
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

    protected override IEnumerable<Measurement<long>> Measure(NpgsqlDataReader row)
    {
        KeyValuePair<string, object?> tenant = new("engagement.tenant", row.GetString(0));
        return [new(row.GetInt64(1), tenant, new("overdue", false)), new(row.GetInt64(2), tenant, new("overdue", true))];
    }
}
