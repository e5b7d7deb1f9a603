using System.Collections.Concurrent;
using System.Diagnostics;

namespace Engagement.Testing;

/// <summary>
/// Every span that ends in this process while it lives, of every source. Other tests' spans are among them: ask by the trace's id. Thread-safe.
/// </summary>
public sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public Spans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> All => [.. _ended];

    /// <summary>The spans of one trace, in the order they ended.</summary>
    public IReadOnlyList<Activity> Of(ActivityTraceId trace) => [.. _ended.Where(span => span.TraceId == trace)];

    /// <summary>The spans that link to one trace without being part of it.</summary>
    public IReadOnlyList<Activity> LinkedTo(ActivityTraceId trace) =>
        [.. _ended.Where(span => span.TraceId != trace && span.Links.Any(link => link.Context.TraceId == trace))];

    public void Dispose() => _listener.Dispose();
}
