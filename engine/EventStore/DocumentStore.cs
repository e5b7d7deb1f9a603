using Npgsql;

namespace Engagement.EventStore;

/// <summary>Opens sessions on one event store. Thread-safe; one per process.</summary>
public interface IDocumentStore : IAsyncDisposable, IDisposable
{
    IDocumentSession LightweightSession(string tenantId);

    IQuerySession QuerySession(string tenantId);

    /// <summary>Rebuilds projections by hand.</summary>
    ValueTask<IProjectionDaemon> BuildProjectionDaemonAsync();
}

/// <inheritdoc cref="IDocumentStore"/>
public sealed class DocumentStore : IDocumentStore
{
    private readonly bool _ownsDataSource;
    private TaskCompletionSource _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal DocumentStore(StoreOptions options, NpgsqlDataSource? registered, TimeProvider clock)
    {
        Options = options;
        Clock = options.Events.TimeProvider ?? clock;
        var given = options.DataSource ?? (options.ConnectionString is null ? registered : null);
        _ownsDataSource = given is null;
        DataSource = given ?? Connect(options);
        Sql = new EventSql(options);
        _own = new OwnChannel(DataSource);
    }

    private readonly OwnChannel _own;

    internal StoreOptions Options { get; }

    internal TimeProvider Clock { get; }

    internal NpgsqlDataSource DataSource { get; }

    internal EventSql Sql { get; }

    public IDocumentSession LightweightSession(string tenantId) => Session(tenantId, _own);

    public IQuerySession QuerySession(string tenantId) => Session(tenantId, _own);

    public ValueTask<IProjectionDaemon> BuildProjectionDaemonAsync() => new(new ProjectionDaemon(this));

    public void Dispose()
    {
        if (_ownsDataSource) DataSource.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownsDataSource) await DataSource.DisposeAsync();
    }

    /// <summary>Ends when something is appended by this process after it was asked for.</summary>
    internal Task Appended => Volatile.Read(ref _appended).Task;

    internal void SayAppended() =>
        Interlocked.Exchange(ref _appended, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Reads one row of <see cref="EventSql"/>'s columns.</summary>
    internal IStoredEvent ReadEvent(NpgsqlDataReader reader)
    {
        var e = Options.Events.Mappings.Stored(reader.GetString(5), reader.IsDBNull(8) ? null : reader.GetString(8)).Read(reader.GetFieldValue<byte[]>(4));
        e.Sequence = reader.GetInt64(0);
        e.Id = reader.GetGuid(1);
        e.StreamKey = reader.GetString(2);
        e.Version = reader.GetInt64(3);
        e.Timestamp = reader.GetFieldValue<DateTimeOffset>(6);
        e.TenantId = reader.GetString(7);
        e.IsArchived = reader.GetBoolean(9);
        return e;
    }

    internal DocumentSession Session(string tenantId, Channel? channel = null) => new(this, tenantId, channel ?? _own);

    private static NpgsqlDataSource Connect(StoreOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString
            ?? throw new InvalidOperationException("The store has no connection: call StoreOptions.Connection or register an NpgsqlDataSource."));
        if (connection.MaxAutoPrepare == 0) connection.MaxAutoPrepare = 200;
        connection.AutoPrepareMinUsages = 2;
        connection.NoResetOnClose = true;   // sessions leave nothing behind that a reset would clear
        return NpgsqlDataSource.Create(connection);
    }
}
