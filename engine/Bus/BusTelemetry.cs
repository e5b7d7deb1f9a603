using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Engagement.Bus;

/// <summary>Spans and metrics of the bus, by OpenTelemetry's conventions for messaging.</summary>
internal static class BusTelemetry
{
    private const string Name = "Engagement.Bus";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    public static readonly Histogram<double> Lag = Meter.CreateHistogram<double>(
        "engagement.bus.lag", "s", "From sending, or from being due, to the commit of the handling.");
    public static readonly Histogram<double> TimersLag = Meter.CreateHistogram<double>(
        "engagement.timers.lag", "s", "From a timer's due time to the commit of its handling.");
    public static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "engagement.bus.retries", "{message}", "Messages that failed and wait to be tried again.");
    public static readonly Counter<long> DeadLetters = Meter.CreateCounter<long>("engagement.bus.dead_letters", "{message}", "Messages that were given up.");

    /// <summary>A message continues its sender's trace; a timer begins its own and links to the trace that set it.</summary>
    public static Activity? Process(Envelope envelope, HandlerChain chain)
    {
        if (!Source.HasListeners()) return null;
        ActivityContext.TryParse(envelope.ParentId, null, isRemote: true, out var sender);
        var isTimer = envelope.ScheduledTime is not null;
        Activity.Current = null;
        var activity = Source.StartActivity($"process {chain.MessageType.Name}", ActivityKind.Consumer, isTimer ? default : sender,
            links: isTimer && sender != default ? [new ActivityLink(sender)] : null);
        if (activity is null) return null;
        activity.SetTag("messaging.system", "postgresql");
        activity.SetTag("messaging.operation.type", "process");
        activity.SetTag("messaging.destination.name", envelope.Destination);
        activity.SetTag("messaging.message.id", envelope.Id.ToString());
        activity.SetTag("engagement.tenant", envelope.TenantId);
        activity.SetTag("engagement.attempt", envelope.Attempts);
        return activity;
    }

    /// <summary>A span whose transaction was undone is not told.</summary>
    public static void Forget(Activity? activity)
    {
        if (activity is null) return;
        activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        activity.IsAllDataRequested = false;
    }

    public static TagList Tags(Envelope envelope, string outcome = "handled") =>
        new()
        {
            { "messaging.destination.name", envelope.Destination }, { "message_type", envelope.MessageType }, { "tenant", envelope.TenantId },
            { "outcome", outcome },
        };
}
