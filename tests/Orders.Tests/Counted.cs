using System.Diagnostics.Metrics;

namespace Engagement.Orders.Tests;

/// <summary>What a counter counts of a shop while this lives: one of the test's own, for the meter is the whole process's.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _sum;

    public Counted(string name, string tenant)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == name) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags.ToArray().Any(tag => $"{tag.Value}" == tenant)) Interlocked.Add(ref _sum, value);
        });
        _listener.Start();
    }

    public long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}
