using System.Diagnostics;
using Npgsql;

namespace Engagement.EventStore;

/// <summary>Opens sessions on one event store. Thread-safe; one per process.</summary>
public interface IDocumentStore : IAsyncDisposable, IDisposable
{
    /// <summary>Opens a unit of work for one tenant; a connection is taken only while it reads or saves.</summary>
    IDocumentSession LightweightSession(string tenantId);

    /// <summary>As <see cref="LightweightSession"/>, for reading alone.</summary>
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

    /// <inheritdoc/>
    public IDocumentSession LightweightSession(string tenantId) => Session(tenantId);

    /// <inheritdoc/>
    public IQuerySession QuerySession(string tenantId) => Session(tenantId);

    /// <inheritdoc/>
    public ValueTask<IProjectionDaemon> BuildProjectionDaemonAsync() => new(new ProjectionDaemon(this));

    /// <summary>Closes the pool where it is the store's own.</summary>
    public void Dispose()
    {
        if (_ownsDataSource) DataSource.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        if (_ownsDataSource) await DataSource.DisposeAsync();
    }

    /// <summary>Ends when something is appended by this process after it was asked for.</summary>
    internal Task Appended => Volatile.Read(ref _appended).Task;

    internal void SayAppended() =>
        Interlocked.Exchange(ref _appended, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Reads the events of an answer.</summary>
    internal EventRows Rows(NpgsqlDataReader reader) => new(Options.Events.Mappings, Sql, reader);

    internal DocumentSession Session(string tenantId, Channel? channel = null)
    {
        var session = new DocumentSession(this, tenantId, channel ?? _own);
        if (Sql.Metadata.Length > 0 && Activity.Current is { } activity) (session.CorrelationId, session.CausationId) = (activity.RootId, activity.ParentId);
        return session;
    }

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
