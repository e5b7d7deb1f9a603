namespace Engagement.EventStore;

/// <summary>Collects changes of documents; nothing is sent before the save.</summary>
public interface IDocumentOperations : IQuerySession
{
    /// <inheritdoc cref="IQuerySession.Events"/>
    new IEventStoreOperations Events { get; }

    /// <summary>
    /// Inserts or replaces documents, whatever is stored. A document that counts revisions gets the next one, which its
    /// <see cref="IRevisioned.Version"/> tells when it is loaded again.
    /// </summary>
    void Store<T>(params T[] entities) where T : class;

    /// <summary>Inserts documents. The save throws <see cref="DocumentAlreadyExistsException"/> where one of the ids is taken.</summary>
    void Insert<T>(params T[] entities) where T : class;

    /// <summary>
    /// Inserts or replaces a document that counts revisions, as this new revision, from 1. The save throws <see cref="ConcurrencyException"/>
    /// and stores nothing where the document has this revision or a higher one.
    /// </summary>
    /// <exception cref="InvalidOperationException">Its type counts no revisions.</exception>
    void UpdateRevision<T>(T entity, long revision) where T : class;

    /// <summary>As <see cref="UpdateRevision"/>, but where the stored revision is not lower, this document is left as it is and the rest is saved.</summary>
    /// <inheritdoc cref="UpdateRevision"/>
    void TryUpdateRevision<T>(T entity, long revision) where T : class;

    /// <summary>Deletes the document under this id, if there is one.</summary>
    void Delete<T>(string id) where T : class;

    /// <inheritdoc cref="Delete{T}(string)"/>
    void Delete<T>(T entity) where T : class;

    /// <summary>Adds a command to the save, in order after documents; each <c>?</c> takes the next argument. It must return no rows.</summary>
    void QueueSqlCommand(string sql, params object[] parameterValues);
}

/// <summary>One unit of work for one tenant. Not thread-safe.</summary>
public interface IDocumentSession : IDocumentOperations
{
    /// <summary>Who does this work; goes onto every event of the session where <see cref="MetadataConfig.UserNameEnabled"/>.</summary>
    string? LastModifiedBy { get; set; }

    /// <summary>Sets a header of every event of the session, where <see cref="MetadataConfig.HeadersEnabled"/>.</summary>
    void SetHeader(string key, object value);

    /// <summary>A header that was set; null where there is none.</summary>
    object? GetHeader(string key);

    /// <summary>
    /// Stores everything collected, in one round trip and one commit: events, snapshots, documents, commands, outgoing messages.
    /// </summary>
    /// <exception cref="ConcurrencyException">Another writer was first; nothing was stored.</exception>
    /// <exception cref="ExistingStreamIdCollisionException">A stream that was to start exists.</exception>
    /// <exception cref="InvalidStreamOperationException">A stream that was to be appended to is archived.</exception>
    /// <exception cref="DocumentAlreadyExistsException">An inserted document's id is taken.</exception>
    Task SaveChangesAsync(CancellationToken token = default);
}

/// <summary>Reads and appends to event streams.</summary>
public interface IEventStoreOperations : IQueryEventStore
{
    /// <summary>Starts a stream; the save throws <see cref="ExistingStreamIdCollisionException"/> where the key is taken, be it by an archived one.</summary>
    /// <exception cref="ArgumentException">There is no event to start with.</exception>
    /// <exception cref="ExistingStreamIdCollisionException">This session has the stream already.</exception>
    StreamAction StartStream<T>(string streamKey, params object[] events) where T : class;

    /// <inheritdoc cref="StartStream{T}(string, object[])"/>
    StreamAction StartStream(string streamKey, params object[] events);

    /// <summary>Appends, whatever the stream's version is when it is saved; starts the stream where there is none.</summary>
    StreamAction Append(string stream, params object[] events);

    /// <summary>Appends where the stream's version <em>after</em> the append is <paramref name="expectedVersion"/>; else the save throws.</summary>
    StreamAction Append(string stream, long expectedVersion, params object[] events);

    /// <summary>
    /// Archives a stream and its events, after what this session appends to it. Then nobody can append to it, its events are neither read nor
    /// followed, a rebuild passes it over, and its snapshots stay as they are. Its key stays taken.
    /// </summary>
    void ArchiveStream(string streamKey);

    /// <summary>Reads the aggregate with the version that the next append of this session expects.</summary>
    Task<IEventStream<T>> FetchForWriting<T>(string key, CancellationToken cancellation = default) where T : class;

    /// <inheritdoc cref="FetchForWriting{T}(string, CancellationToken)"/>
    /// <exception cref="ConcurrencyException">The stream is not at <paramref name="expectedVersion"/> now.</exception>
    Task<IEventStream<T>> FetchForWriting<T>(string key, long expectedVersion, CancellationToken cancellation = default) where T : class;
}

/// <summary>A stream as it was read, and what is to be appended to it.</summary>
public interface IEventStream<out T> where T : class
{
    /// <summary>The aggregate as it was read; null where there was no stream, or one that is archived and has no snapshot.</summary>
    T? Aggregate { get; }

    /// <summary>The version that was read; 0 where there was no stream.</summary>
    long? StartingVersion { get; }

    /// <summary>The version after what was appended so far.</summary>
    long? CurrentVersion { get; }

    /// <summary>The stream's key.</summary>
    string Key { get; }

    /// <summary>What is to be appended.</summary>
    IReadOnlyList<IEvent> Events { get; }

    /// <summary>Adds an event to the save; nothing is sent before it.</summary>
    /// <exception cref="InvalidOperationException">The session has saved this stream already.</exception>
    void AppendOne(object @event);

    /// <inheritdoc cref="AppendOne"/>
    void AppendMany(params object[] events);

    /// <inheritdoc cref="AppendOne"/>
    void AppendMany(IEnumerable<object> events);
}
