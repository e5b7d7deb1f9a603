namespace Engagement.EventStore;

/// <summary>One stored event with what the store knows of it. Not thread-safe while it is changed.</summary>
public interface IEvent
{
    /// <summary>Identifies the event across databases; given when it is saved, in the order of time.</summary>
    Guid Id { get; }

    /// <summary>Place in its stream, from 1.</summary>
    long Version { get; }

    /// <summary>Place in the store's gapless-order reading; 0 until it is committed and read back.</summary>
    long Sequence { get; }

    /// <summary>What happened, as the service wrote it, or as it is upcast now.</summary>
    object Data { get; }

    /// <summary>The stream it is in; null until it is saved.</summary>
    string? StreamKey { get; }

    /// <summary>The tenant of its stream; empty until it is saved.</summary>
    string TenantId { get; }

    /// <summary>When it was stored, by the store's <see cref="TimeProvider"/>.</summary>
    DateTimeOffset Timestamp { get; }

    /// <summary>The stable alias it is stored under, such as <c>order_placed</c>.</summary>
    string EventTypeName { get; }

    /// <summary>Name and assembly of the .NET type of <see cref="Data"/>.</summary>
    string DotNetTypeName { get; }

    /// <summary>What it belongs to, such as a trace id. By default its session's; null where <see cref="MetadataConfig"/> does not store it.</summary>
    string? CorrelationId { get; set; }

    /// <summary>What led to it, such as a message's id. By default its session's; null where <see cref="MetadataConfig"/> does not store it.</summary>
    string? CausationId { get; set; }

    /// <summary>
    /// Whatever else is to be known of it; the session's values go over those of the same key. Read back, a value is a string, long,
    /// double, bool or <see cref="System.Text.Json.JsonElement"/>. Null where there are none or <see cref="MetadataConfig"/> does not store them.
    /// </summary>
    Dictionary<string, object>? Headers { get; set; }

    /// <summary>Who did it. By default the session's <see cref="IDocumentSession.LastModifiedBy"/>; null where it is not stored.</summary>
    string? UserName { get; set; }

    /// <summary>Whether its stream is archived: it takes part in nothing any more.</summary>
    bool IsArchived { get; }

    /// <summary>Sets one of <see cref="Headers"/>.</summary>
    void SetHeader(string key, object value);

    /// <summary>One of <see cref="Headers"/>, or null.</summary>
    object? GetHeader(string key);
}

/// <inheritdoc cref="IEvent"/>
public interface IEvent<out T> : IEvent where T : notnull
{
    /// <inheritdoc cref="IEvent.Data"/>
    new T Data { get; }
}

/// <inheritdoc cref="IEvent"/>
public sealed class Event<T>(T data) : IEvent<T>, IStoredEvent where T : notnull
{
    private Metadata? _metadata;   // most stores keep none

    /// <inheritdoc/>
    public T Data { get; } = data;

    object IEvent.Data => Data;

    /// <inheritdoc/>
    public Guid Id { get; set; }

    /// <inheritdoc/>
    public long Version { get; set; }

    /// <inheritdoc/>
    public long Sequence { get; set; }

    /// <inheritdoc/>
    public string? StreamKey { get; set; }

    /// <inheritdoc/>
    public string TenantId { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset Timestamp { get; set; }

    /// <inheritdoc/>
    public string EventTypeName => ((IStoredEvent)this).Mapping.Alias;

    /// <inheritdoc/>
    public string DotNetTypeName => ((IStoredEvent)this).Mapping.DotNetTypeName;

    /// <inheritdoc/>
    public string? CorrelationId
    {
        get => _metadata?.CorrelationId;
        set => (_metadata ??= new Metadata()).CorrelationId = value;
    }

    /// <inheritdoc/>
    public string? CausationId
    {
        get => _metadata?.CausationId;
        set => (_metadata ??= new Metadata()).CausationId = value;
    }

    /// <inheritdoc/>
    public Dictionary<string, object>? Headers
    {
        get => _metadata?.Headers;
        set => (_metadata ??= new Metadata()).Headers = value;
    }

    /// <inheritdoc/>
    public string? UserName
    {
        get => _metadata?.UserName;
        set => (_metadata ??= new Metadata()).UserName = value;
    }

    /// <inheritdoc/>
    public bool IsArchived { get; set; }

    EventMapping IStoredEvent.Mapping { get; set; } = null!;

    /// <inheritdoc/>
    public void SetHeader(string key, object value) => (Headers ??= [])[key] = value;

    /// <inheritdoc/>
    public object? GetHeader(string key) => Headers?.GetValueOrDefault(key);

    private sealed class Metadata
    {
        public string? CorrelationId { get; set; }

        public string? CausationId { get; set; }

        public Dictionary<string, object>? Headers { get; set; }

        public string? UserName { get; set; }
    }
}

/// <summary>The setters of an event's metadata, whatever its data is.</summary>
internal interface IStoredEvent : IEvent
{
    new Guid Id { get; set; }

    new long Version { get; set; }

    new long Sequence { get; set; }

    new string? StreamKey { get; set; }

    new string TenantId { get; set; }

    new DateTimeOffset Timestamp { get; set; }

    new bool IsArchived { get; set; }

    /// <summary>How it is named and written.</summary>
    EventMapping Mapping { get; set; }
}
