namespace Engagement.EventStore;

/// <summary>Collects changes of documents; nothing is sent before the save.</summary>
public interface IDocumentOperations : IQuerySession
{
    new IEventStoreOperations Events { get; }

    /// <summary>Inserts or replaces documents.</summary>
    void Store<T>(params T[] entities) where T : class;

    /// <summary>Inserts documents. The save throws <see cref="DocumentAlreadyExistsException"/> where one of the ids is taken.</summary>
    void Insert<T>(params T[] entities) where T : class;

    void Delete<T>(string id) where T : class;

    void Delete<T>(T entity) where T : class;

    /// <summary>Adds a command to the save, in order after documents; each <c>?</c> takes the next argument. It must return no rows.</summary>
    void QueueSqlCommand(string sql, params object[] parameterValues);
}

/// <summary>One unit of work for one tenant. Not thread-safe.</summary>
public interface IDocumentSession : IDocumentOperations
{
    /// <summary>
    /// Stores everything collected, in one round trip and one commit: events, snapshots, documents, commands, outgoing messages.
    /// </summary>
    /// <exception cref="ConcurrencyException">Another writer was first; nothing was stored.</exception>
    /// <exception cref="ExistingStreamIdCollisionException">A stream that was to start exists.</exception>
    /// <exception cref="DocumentAlreadyExistsException">An inserted document's id is taken.</exception>
    Task SaveChangesAsync(CancellationToken token = default);
}

/// <summary>Reads and appends to event streams.</summary>
public interface IEventStoreOperations : IQueryEventStore
{
    /// <summary>Starts a stream; the save throws where the key is taken.</summary>
    StreamAction StartStream<T>(string streamKey, params object[] events) where T : class;

    /// <inheritdoc cref="StartStream{T}(string, object[])"/>
    StreamAction StartStream(string streamKey, params object[] events);

    /// <summary>Appends, whatever the stream's version is when it is saved; starts the stream where there is none.</summary>
    StreamAction Append(string stream, params object[] events);

    /// <summary>Appends where the stream's version <em>after</em> the append is <paramref name="expectedVersion"/>; else the save throws.</summary>
    StreamAction Append(string stream, long expectedVersion, params object[] events);

    /// <summary>Reads the aggregate with the version that the next append of this session expects.</summary>
    Task<IEventStream<T>> FetchForWriting<T>(string key, CancellationToken cancellation = default) where T : class;

    /// <inheritdoc cref="FetchForWriting{T}(string, CancellationToken)"/>
    /// <exception cref="ConcurrencyException">The stream is not at <paramref name="expectedVersion"/> now.</exception>
    Task<IEventStream<T>> FetchForWriting<T>(string key, long expectedVersion, CancellationToken cancellation = default) where T : class;
}

/// <summary>A stream as it was read, and what is to be appended to it.</summary>
public interface IEventStream<out T> where T : class
{
    T? Aggregate { get; }

    /// <summary>The version that was read; 0 where there was no stream.</summary>
    long? StartingVersion { get; }

    /// <summary>The version after what was appended so far.</summary>
    long? CurrentVersion { get; }

    string Key { get; }

    /// <summary>What is to be appended.</summary>
    IReadOnlyList<IEvent> Events { get; }

    void AppendOne(object @event);

    void AppendMany(params object[] events);

    void AppendMany(IEnumerable<object> events);
}
