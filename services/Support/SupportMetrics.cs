using System.Diagnostics.Metrics;

namespace Engagement.Support;

internal static class SupportMetrics
{
    public const string MeterName = "Engagement.Support";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> OverdueCount =
        Meter.CreateCounter<long>("engagement.staff_tasks.overdue", "{task}", "Tasks that nobody had done when they were due.");

    public static void Overdue(string tenant, StaffTask task) => OverdueCount.Add(
        1, new("engagement.tenant", tenant), new("kind", task.Kind.ToString()), new KeyValuePair<string, object?>("urgency", task.Urgency.ToString()));
}
