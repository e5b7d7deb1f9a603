using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Engagement.Messaging.Tests;

/// <summary>What a counter counts for one shop, or for all; nobody else in these tests counts so at the same time.</summary>
internal sealed class Counts : IDisposable
{
    private readonly ConcurrentQueue<string> _told = new();
    private readonly MeterListener _listener = new();

    public Counts(string name, string? tenant = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == name) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var values = tags.ToArray().Select(tag => tag.Value).ToArray();
            if (tenant is null || values.Contains(tenant)) _told.Enqueue($"{value} {string.Join(' ', values)}");
        });
        _listener.Start();
    }

    public IReadOnlyCollection<string> Told => _told;

    public void Dispose() => _listener.Dispose();
}
