namespace Engagement.EventStore;

/// <summary>Reads one tenant's streams and documents. Not thread-safe: one per request or message.</summary>
public interface IQuerySession : IAsyncDisposable, IDisposable
{
    /// <summary>Whose streams and documents it reads; nothing else is reached.</summary>
    string TenantId { get; }

    /// <summary>
    /// What led to this work, such as a message's id; goes onto every event of the session where <see cref="MetadataConfig"/> stores it.
    /// In a store that keeps metadata it is at first the current <see cref="System.Diagnostics.Activity"/>'s parent; in a handler the message's id.
    /// </summary>
    string? CausationId { get; set; }

    /// <summary>
    /// What this work belongs to; goes onto every event of the session where <see cref="MetadataConfig"/> stores it. In a store that keeps
    /// metadata it is at first the trace id of the current <see cref="System.Diagnostics.Activity"/>; in a handler the message's.
    /// </summary>
    string? CorrelationId { get; set; }

    /// <summary>The event streams.</summary>
    IQueryEventStore Events { get; }

    /// <summary>The document under this id, or null.</summary>
    Task<T?> LoadAsync<T>(string id, CancellationToken token = default) where T : class;

    /// <summary>The documents that exist under these ids, in no promised order.</summary>
    Task<IReadOnlyList<T>> LoadManyAsync<T>(params string[] ids) where T : class;

    /// <inheritdoc cref="LoadManyAsync{T}(string[])"/>
    Task<IReadOnlyList<T>> LoadManyAsync<T>(CancellationToken token, params string[] ids) where T : class;

    /// <summary>
    /// Documents of this tenant by SQL that begins with <c>where</c>, <c>order by</c> or <c>limit</c>;
    /// the document's JSON is <c>data</c>, each <c>?</c> takes the next argument.
    /// </summary>
    Task<IReadOnlyList<T>> QueryAsync<T>(string sql, params object[] parameters) where T : class;

    /// <inheritdoc cref="QueryAsync{T}(string, object[])"/>
    Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken token, params object[] parameters) where T : class;

    /// <summary>Collects reads of this session that are asked in one round trip.</summary>
    IBatchedQuery CreateBatchQuery();
}

/// <summary>Reads event streams.</summary>
public interface IQueryEventStore
{
    /// <summary>
    /// Folds a stream's events; null where there are none. Those of an archived stream are passed over.
    /// </summary>
    /// <param name="streamKey">The stream.</param>
    /// <param name="version">The last event's version; 0 = all.</param>
    /// <param name="timestamp">Only events stored until then; null = all.</param>
    /// <param name="state">What the first event is applied to; null begins anew.</param>
    /// <param name="fromVersion">The first event's version, where <paramref name="state"/> knows those before.</param>
    /// <param name="token">Ends the wait.</param>
    /// <exception cref="InvalidProjectionException">The aggregate can't begin with its first event, or an event's alias is unknown.</exception>
    Task<T?> AggregateStreamAsync<T>(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, T? state = null, long fromVersion = 0, CancellationToken token = default)
        where T : class;

    /// <summary>The stream's events in order; empty where there is none, and where it is archived.</summary>
    /// <param name="streamKey">The stream.</param>
    /// <param name="version">The last event's version; 0 = all.</param>
    /// <param name="timestamp">Only events stored until then; null = all.</param>
    /// <param name="fromVersion">The first event's version.</param>
    /// <param name="token">Ends the wait.</param>
    /// <exception cref="InvalidProjectionException">An event's alias is unknown.</exception>
    Task<IReadOnlyList<IEvent>> FetchStreamAsync(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken token = default);

    /// <summary>What the store knows of a stream itself, also of an archived one; null where there is none.</summary>
    Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default);

    /// <summary>
    /// The aggregate as of now: its inline snapshot, which an archived stream keeps, else its events folded. Null where there is none.
    /// </summary>
    ValueTask<T?> FetchLatest<T>(string key, CancellationToken cancellation = default) where T : class;
}

/// <summary>A stream without its events.</summary>
public sealed class StreamState
{
    /// <summary>The stream's key.</summary>
    public string? Key { get; set; }

    /// <summary>How many events it has.</summary>
    public long Version { get; set; }

    /// <summary>What it was started as, where that is a snapshot of this store; else null.</summary>
    public Type? AggregateType { get; set; }

    /// <summary>When it was appended to last, by the store's clock.</summary>
    public DateTimeOffset LastTimestamp { get; set; }

    /// <summary>When it was started, by the store's clock.</summary>
    public DateTimeOffset Created { get; set; }

    /// <summary>Whether it is archived.</summary>
    public bool IsArchived { get; set; }
}
