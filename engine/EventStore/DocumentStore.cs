using Npgsql;

namespace Engagement.EventStore;

/// <summary>Opens sessions on one event store. Thread-safe; one per process.</summary>
public interface IDocumentStore : IAsyncDisposable, IDisposable
{
    IDocumentSession LightweightSession(string tenantId);

    IQuerySession QuerySession(string tenantId);
}

/// <inheritdoc cref="IDocumentStore"/>
public sealed class DocumentStore : IDocumentStore
{
    private readonly bool _ownsDataSource;

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

    public void Dispose()
    {
        if (_ownsDataSource) DataSource.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownsDataSource) await DataSource.DisposeAsync();
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
