using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Engagement.Testing;

/// <summary>What a counter counts that has a tag of this value, such as a shop of the test's own: the meter is the whole process's.</summary>
public sealed class Counts : IDisposable
{
    private readonly ConcurrentQueue<string> _told = new();
    private readonly MeterListener _listener = new();
    private long _sum;

    public Counts(string name, string having)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == name) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var values = tags.ToArray().Select(tag => tag.Value).ToArray();
            if (!values.Contains(having)) return;
            Interlocked.Add(ref _sum, value);
            _told.Enqueue($"{value} {string.Join(' ', values)}");
        });
        _listener.Start();
    }

    /// <summary>Each count, with the values of its tags.</summary>
    public IReadOnlyCollection<string> Told => _told;

    public long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}
