namespace Engagement.EventStore;

/// <summary>What a save will do to one stream.</summary>
public class StreamAction
{
    private readonly EventMappings _mappings;
    private readonly List<IStoredEvent> _events = [];

    internal StreamAction(EventMappings mappings, string key, Type? aggregateType, long? startingVersion)
    {
        _mappings = mappings;
        Key = key;
        AggregateType = aggregateType;
        StartingVersion = startingVersion;
    }

    public string Key { get; }

    public Type? AggregateType { get; internal set; }

    public IReadOnlyList<IEvent> Events => _events;

    /// <summary>The version the stream must have before the append; null = whatever it has.</summary>
    internal long? StartingVersion { get; set; }

    /// <summary>True where the stream must not exist yet.</summary>
    internal bool IsStart { get; init; }

    /// <summary>The aggregate at <see cref="StartingVersion"/>, where it was read.</summary>
    internal object? Aggregate { get; set; }

    /// <summary>True once <see cref="Aggregate"/> says how the stream stood, be it null.</summary>
    internal bool AggregateIsKnown { get; set; }

    internal IReadOnlyList<IStoredEvent> Pending => _events;

    internal void Add(params ReadOnlySpan<object> events)
    {
        foreach (var data in events)
        {
            ArgumentNullException.ThrowIfNull(data);
            _events.Add(_mappings.For(data.GetType()).Wrap(data));
        }
    }
}

internal sealed class EventStream<T>(StreamAction action) : IEventStream<T> where T : class
{
    public T? Aggregate => (T?)action.Aggregate;

    public long? StartingVersion { get; } = action.StartingVersion;

    public long? CurrentVersion => StartingVersion + action.Events.Count;

    public string Key => action.Key;

    public IReadOnlyList<IEvent> Events => action.Events;

    public void AppendOne(object @event) => action.Add(@event);

    public void AppendMany(params object[] events) => action.Add(events);

    public void AppendMany(IEnumerable<object> events) => action.Add([.. events]);
}
