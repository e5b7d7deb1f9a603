using System.Diagnostics.Metrics;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway;

internal static class GatewayMetrics
{
    private static readonly Meter Meter = new("Engagement.Gateway");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("engagement.intake.events", "{event}", "Events taken from shops, by whether they were new.");

    public static void Taken(string shop, EventsTaken taken)
    {
        Events.Add(taken.Accepted - taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "new"));
        Events.Add(taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "repeat"));
    }
}
