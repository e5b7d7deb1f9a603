using System.Diagnostics.Metrics;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway;

internal static class GatewayMetrics
{
    private static readonly Meter Meter = new("Engagement.Gateway");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("engagement.intake.events", "{event}",
        "Events taken from shops, by whether they were new.");

    private static readonly Counter<long> Webhooks =
        Meter.CreateCounter<long>("engagement.webhooks.received", "{webhook}", "Webhooks by vendor, topic and what became of them.");

    private static readonly Gauge<long> Duties =
        Meter.CreateGauge<long>("engagement.webhooks.duties", "{request}", "Customers' requests about their data that came by webhook and wait to be done.");

    /// <param name="shop">Null while nobody has proved to be a shop.</param>
    /// <param name="topic">One of those we know: others might be anything.</param>
    public static void Webhook(string? shop, string vendor, string? topic, string outcome) => Webhooks.Add(
        1, new("engagement.tenant", shop), new("engagement.webhook.vendor", vendor), new("engagement.webhook.topic", topic), new("outcome", outcome));

    public static void DutiesWait(string shop, long count) => Duties.Record(count, new KeyValuePair<string, object?>("engagement.tenant", shop));

    public static void Taken(string shop, EventsTaken taken)
    {
        Events.Add(taken.Accepted - taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "new"));
        Events.Add(taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "repeat"));
    }
}
