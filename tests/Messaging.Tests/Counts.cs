using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Engagement.Messaging.Tests;

/// <summary>What a counter counts, or only what has a tag of that value; nobody else in these tests counts so at the same time.</summary>
internal sealed class Counts : IDisposable
{
    private readonly ConcurrentQueue<string> _told = new();
    private readonly MeterListener _listener = new();

    public Counts(string name, string? having = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == name) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var values = tags.ToArray().Select(tag => tag.Value).ToArray();
            if (having is null || values.Contains(having)) _told.Enqueue($"{value} {string.Join(' ', values)}");
        });
        _listener.Start();
    }

    public IReadOnlyCollection<string> Told => _told;

    public void Dispose() => _listener.Dispose();
}
