using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Engagement.ServiceDefaults;

internal static class DeliveryTelemetry
{
    private const string Name = "Engagement.Deliveries";
    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Attempts =
        Meter.CreateCounter<long>("engagement.deliveries.attempts", "{attempt}", "Attempts to deliver, by kind, shop and outcome.");

    private static readonly Counter<long> GivenUp =
        Meter.CreateCounter<long>("engagement.deliveries.given_up", "{delivery}", "Deliveries that will not be tried again, by kind and shop.");

    /// <summary>Continues the trace of what asked for the delivery.</summary>
    public static Activity? Start(Delivery delivery)
    {
        _ = ActivityContext.TryParse(delivery.Traceparent, null, isRemote: true, out var parent);
        var span = Source.StartActivity($"deliver {delivery.Kind}", ActivityKind.Client, parent);
        span?.SetTag("engagement.tenant", delivery.Tenant).SetTag("engagement.delivery.id", delivery.Id)
            .SetTag("engagement.delivery.attempt", delivery.Attempt);
        return span;
    }

    public static void Ended(Activity? span, Delivery delivery, DeliveryOutcome outcome)
    {
        span?.SetTag("engagement.delivery.outcome", outcome.Name);
        if (outcome.Error.Length > 0) span?.SetStatus(ActivityStatusCode.Error, outcome.Error);
        Attempts.Add(1, new("engagement.tenant", delivery.Tenant), new("kind", delivery.Kind), new("outcome", outcome.Name));
    }

    public static void GaveUp(Delivery delivery) =>
        GivenUp.Add(1, new("engagement.tenant", delivery.Tenant), new KeyValuePair<string, object?>("kind", delivery.Kind));
}
