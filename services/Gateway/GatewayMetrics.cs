using System.Diagnostics.Metrics;
using Engagement.Gateway.Intake;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway;

internal static class GatewayMetrics
{
    private static readonly Meter Meter = new("Engagement.Gateway");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("engagement.intake.events", "{event}", "Events taken from shops, by whether they were new.");

    private static readonly Counter<long> Pages = Meter.CreateCounter<long>("engagement.pages.shown", "{page}", "Customers' pages, by purpose and status.");

    private static readonly Counter<long> RefusedCount =
        Meter.CreateCounter<long>("engagement.gateway.refused", "{request}", "Requests that were not let in, by why: unauthorized, forbidden, limited.");

    private static readonly Histogram<double> Webhooks =
        Meter.CreateHistogram<double>("engagement.webhooks.duration", "s", "Attempts to tell shops, by event type and status; 0 where there was no answer.");

    public static void WebhookAttempted(string shop, string type, int? status, double milliseconds) => Webhooks.Record(
        milliseconds / 1000, new("engagement.tenant", shop), new("type", type), new KeyValuePair<string, object?>("http.response.status_code", status ?? 0));

    public static void Refused(string? shop, string outcome)
    {
        if (shop is null) RefusedCount.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        else RefusedCount.Add(1, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", outcome));
    }

    public static void Shown(PageLink? link, int status) => Pages.Add(
        1, new("engagement.tenant", link?.Tenant), new("purpose", link?.Purpose), new KeyValuePair<string, object?>("http.response.status_code", status));

    public static void Taken(string shop, EventsTaken taken)
    {
        Events.Add(taken.Accepted - taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "new"));
        Events.Add(taken.Repeats, new("engagement.tenant", shop), new KeyValuePair<string, object?>("outcome", "repeat"));
    }
}
