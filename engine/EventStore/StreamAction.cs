namespace Engagement.EventStore;

/// <summary>What a save will do to one stream. Not thread-safe.</summary>
public class StreamAction
{
    private readonly EventMappings _mappings;
    private readonly List<IStoredEvent> _events = [];
    private readonly List<(Type Type, object? Aggregate)> _aggregates = [];
    private bool _isSaved;

    internal StreamAction(EventMappings mappings, string key, Type? aggregateType, long? startingVersion)
    {
        _mappings = mappings;
        Key = key;
        AggregateType = aggregateType;
        StartingVersion = startingVersion;
    }

    /// <summary>The stream's key.</summary>
    public string Key { get; }

    /// <summary>What it was started as or read as; null where nobody said.</summary>
    public Type? AggregateType { get; internal set; }

    /// <summary>What is to be appended; the metadata of each can be set until the save.</summary>
    public IReadOnlyList<IEvent> Events => _events;

    /// <summary>The version the stream must have before the append; null = whatever it has.</summary>
    internal long? StartingVersion { get; set; }

    /// <summary>True where the stream must not exist yet.</summary>
    internal bool IsStart { get; init; }

    /// <summary>True where the version was asked for by nobody, only read in order to write.</summary>
    internal bool IsBlind { get; set; }

    /// <summary>True where the stream ends: after what is appended, it is archived.</summary>
    internal bool Archives { get; set; }

    internal IReadOnlyList<IStoredEvent> Pending => _events;

    /// <summary>Whether the aggregate as of <see cref="StartingVersion"/> is known, be it null.</summary>
    internal bool Knows(Type type, out object? aggregate)
    {
        foreach (var known in _aggregates)
        {
            if (known.Type != type) continue;
            aggregate = known.Aggregate;
            return true;
        }

        aggregate = null;
        return IsStart || (StartingVersion == 0 && _aggregates.Count > 0);   // it is new to all of them
    }

    /// <summary>Says how the stream stood at <paramref name="version"/>.</summary>
    internal void Read(long version, Type type, object? aggregate)
    {
        StartingVersion = version;
        _aggregates.Add((type, aggregate));
    }

    /// <summary>Whatever was read of the stream is old: it is read anew.</summary>
    internal void Reread()
    {
        StartingVersion = null;
        _aggregates.Clear();
    }

    internal void Saved() => _isSaved = true;

    internal void Add(params ReadOnlySpan<object> events)
    {
        if (_isSaved) throw new InvalidOperationException($"The session has saved stream {Key}: fetch it again to append more.");
        foreach (var data in events)
        {
            ArgumentNullException.ThrowIfNull(data);
            _events.Add(_mappings.For(data.GetType()).Wrap(data));
        }
    }
}

internal sealed class EventStream<T>(StreamAction action, long version, T? aggregate) : IEventStream<T> where T : class
{
    public T? Aggregate => aggregate;

    public long? StartingVersion => version;

    public long? CurrentVersion => StartingVersion + action.Events.Count;

    public string Key => action.Key;

    public IReadOnlyList<IEvent> Events => action.Events;

    public void AppendOne(object @event) => action.Add(@event);

    public void AppendMany(params object[] events) => action.Add(events);

    public void AppendMany(IEnumerable<object> events) => action.Add([.. events]);
}
