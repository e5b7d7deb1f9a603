namespace Engagement.EventStore;

/// <summary>One stored event with what the store knows of it.</summary>
public interface IEvent
{
    Guid Id { get; }

    /// <summary>Place in its stream, from 1.</summary>
    long Version { get; }

    /// <summary>Place in the store's gapless-order reading; 0 until it is committed and read back.</summary>
    long Sequence { get; }

    object Data { get; }

    string? StreamKey { get; }

    string TenantId { get; }

    /// <summary>When it was stored, by the store's <see cref="TimeProvider"/>.</summary>
    DateTimeOffset Timestamp { get; }

    /// <summary>The stable alias it is stored under, such as <c>order_placed</c>.</summary>
    string EventTypeName { get; }

    string DotNetTypeName { get; }

    bool IsArchived { get; }
}

/// <inheritdoc cref="IEvent"/>
public interface IEvent<out T> : IEvent where T : notnull
{
    new T Data { get; }
}

/// <inheritdoc cref="IEvent"/>
public sealed class Event<T>(T data) : IEvent<T>, IStoredEvent where T : notnull
{
    public T Data { get; } = data;

    object IEvent.Data => Data;

    public Guid Id { get; set; }

    public long Version { get; set; }

    public long Sequence { get; set; }

    public string? StreamKey { get; set; }

    public string TenantId { get; set; } = "";

    public DateTimeOffset Timestamp { get; set; }

    public string EventTypeName => ((IStoredEvent)this).Mapping.Alias;

    public string DotNetTypeName => ((IStoredEvent)this).Mapping.DotNetTypeName;

    public bool IsArchived { get; set; }

    EventMapping IStoredEvent.Mapping { get; set; } = null!;
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
