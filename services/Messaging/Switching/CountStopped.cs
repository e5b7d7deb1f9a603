using System.Diagnostics.Metrics;
using Engagement.ServiceDefaults;
using Npgsql;

namespace Engagement.Messaging.Switching;

/// <summary>Says which shops have stopped: one row for each that ever did, so few.</summary>
internal sealed class CountStopped(NpgsqlDataSource database, RealTime real, ILogger<CountStopped> log) : DatabaseGauge(
    MessagingMetrics.MeterName, "engagement.sending.stopped", "{shop}", "1 for a shop whose messages are stopped, 0 for one whose go on again.",
    $"select tenant_id, data ->> 'IsStopped' = 'true' from {MessagingService.Model.Name}.mt_doc_sendingswitch", database, real, log)
{
    protected override IEnumerable<Measurement<long>> Measure(NpgsqlDataReader row) =>
        [new(row.GetBoolean(1) ? 1 : 0, new KeyValuePair<string, object?>("engagement.tenant", row.GetString(0)))];
}
