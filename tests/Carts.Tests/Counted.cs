using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Engagement.Carts.Tests;

/// <summary>What Carts counts of a shop while this lives, by name and tags; nobody else in these tests has a shop of that name.</summary>
internal sealed class Counted : IDisposable
{
    private const string Prefix = "engagement.carts.";
    private readonly ConcurrentQueue<string> _told = new();
    private readonly MeterListener _listener = new();

    public Counted(string shop)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name.StartsWith(Prefix, StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var values = tags.ToArray();
            if (values.Any(tag => tag is { Key: "engagement.tenant", Value: string tenant } && tenant == shop))
                _told.Enqueue(string.Join(' ', values.Skip(1).Select(tag => $"{tag.Key}={tag.Value}").Prepend($"{instrument.Name[Prefix.Length..]} {value}")));
        });
        _listener.Start();
    }

    public IReadOnlyCollection<string> Told => _told;

    public void Dispose() => _listener.Dispose();
}
