using System.Diagnostics.Metrics;
using Engagement.Contracts;
using Engagement.Gateway.Forwarding;
using Engagement.Gateway.Intake;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway;

internal static class GatewayMetrics
{
    private static readonly Meter Meter = new("Engagement.Gateway");

    private static readonly Counter<long> Events = Meter.CreateCounter<long>("engagement.intake.events", "{event}",
        "Events taken from shops, by whether they were new.");

    private static readonly Counter<long> Received =
        Meter.CreateCounter<long>("engagement.webhooks.received", "{webhook}", "Webhooks by vendor, topic and what became of them.");

    private static readonly Gauge<long> Duties =
        Meter.CreateGauge<long>("engagement.webhooks.duties", "{request}", "Customers' requests about their data that came by webhook and wait to be done.");

    private static readonly Histogram<double> Told =
        Meter.CreateHistogram<double>("engagement.webhooks.duration", "s", "Attempts to tell shops, by event type and status; 0 where there was no answer.");

    private static readonly Counter<long> Pages = Meter.CreateCounter<long>("engagement.pages.shown", "{page}", "Customers' pages, by purpose and status.");

    private static readonly Counter<long> CheckIns =
        Meter.CreateCounter<long>("engagement.check_ins.answered", "{answer}", "Answers to whether an order is right.");

    private static readonly Counter<long> WordsRead =
        Meter.CreateCounter<long>("engagement.words.read", "{text}", "What customers wrote and staff asked for, by whether it was erased.");

    private static readonly Counter<long> Preferences =
        Meter.CreateCounter<long>("engagement.preferences.changed", "{choice}", "What customers permitted or refused on their page, by basis.");

    private static readonly Counter<long> RefusedCount =
        Meter.CreateCounter<long>("engagement.gateway.refused", "{request}", "Requests that were not let in, by why: unauthorized, forbidden, limited.");

    public static void Taken(string shop, EventsTaken taken)
    {
        Events.Add(taken.Accepted - taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "new"));
        Events.Add(taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "repeat"));
    }

    /// <param name="shop">Null while nobody has proved to be a shop.</param>
    /// <param name="topic">One of those we know: others might be anything.</param>
    public static void Webhook(string? shop, string vendor, string? topic, string outcome) => Received.Add(
        1, new("engagement.tenant", shop), new("engagement.webhook.vendor", vendor), new("engagement.webhook.topic", topic), new("outcome", outcome));

    public static void DutiesWait(string shop, long count) => Duties.Record(count, new KeyValuePair<string, object?>("engagement.tenant", shop));

    public static void WebhookAttempted(string shop, string type, int? status, double milliseconds) => Told.Record(
        milliseconds / 1000, new("engagement.tenant", shop), new("type", type), new KeyValuePair<string, object?>("http.response.status_code", status ?? 0));

    public static void Shown(PageLink? link, int status) => Pages.Add(
        1, new("engagement.tenant", link?.Tenant), new("purpose", link?.Purpose), new KeyValuePair<string, object?>("http.response.status_code", status));

    public static void Answered(string shop, CheckInAnswer answer) => CheckIns.Add(
        1, new("engagement.tenant", shop), new KeyValuePair<string, object?>("answer", answer.ToString()));

    public static void Read(string shop, IEnumerable<CustomersWords> words)
    {
        foreach (var text in words) WordsRead.Add(1, new("engagement.tenant", shop), new KeyValuePair<string, object?>("erased", text.Words is null));
    }

    public static void Preferred(string shop, RecordPermission choice) => Preferences.Add(
        1, new("engagement.tenant", shop), new("basis", choice.Basis.ToString()), new KeyValuePair<string, object?>("granted", choice.Granted));

    public static void Refused(string? shop, string outcome)
    {
        if (shop is null) RefusedCount.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        else RefusedCount.Add(1, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", outcome));
    }
}
