namespace Engagement.EventStore;

/// <summary>Reads one tenant's streams and documents. Not thread-safe: one per request or message.</summary>
public interface IQuerySession : IAsyncDisposable, IDisposable
{
    string TenantId { get; }

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
}

/// <summary>Reads event streams.</summary>
public interface IQueryEventStore
{
    /// <summary>Folds a stream's events, up to <paramref name="version"/> (0 = all) or <paramref name="timestamp"/>; null where there is none.</summary>
    Task<T?> AggregateStreamAsync<T>(string streamKey, long version = 0, DateTimeOffset? timestamp = null, CancellationToken token = default) where T : class;

    /// <summary>The stream's events in order; empty where there is none.</summary>
    Task<IReadOnlyList<IEvent>> FetchStreamAsync(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken token = default);

    /// <summary>What the store knows of a stream itself; null where there is none.</summary>
    Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default);

    /// <summary>The aggregate as of now: its inline snapshot, else folded.</summary>
    ValueTask<T?> FetchLatest<T>(string key, CancellationToken cancellation = default) where T : class;
}

/// <summary>A stream without its events.</summary>
public sealed record StreamState(string Key, long Version, DateTimeOffset LastTimestamp, DateTimeOffset Created, bool IsArchived);
