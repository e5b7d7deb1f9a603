using Engagement.EventStore;
using Npgsql;

namespace Engagement.Bus;

/// <summary>A transaction that begins with its first command and ends with its last: no round trip of its own. Not thread-safe.</summary>
internal sealed class BusTransaction : IAsyncDisposable
{
    private BusTransaction(NpgsqlDataSource dataSource, NpgsqlConnection connection) => Channel = new BatchChannel(dataSource, connection);

    public BatchChannel Channel { get; }

    /// <summary>The connection is gone, and whatever was not committed with it.</summary>
    public bool IsBroken => !Channel.Connection.FullState.HasFlag(System.Data.ConnectionState.Open);

    public static async Task<BusTransaction> Open(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        var transaction = new BusTransaction(dataSource, await dataSource.OpenConnectionAsync(ct));
        transaction.Begin();
        return transaction;
    }

    public void Begin() => Channel.Enqueue(new NpgsqlBatchCommand("begin"));

    public Task Execute(string sql) => Channel.FlushAsync(CancellationToken.None, new NpgsqlBatchCommand(sql));

    public Task Commit()
    {
        // PostgreSQL answers the commit of a failed transaction by quietly rolling it back; any other command fails in it.
        if (!Channel.HasPending) Channel.Enqueue(new NpgsqlBatchCommand("select 1"));
        return Execute("commit");
    }

    /// <summary>Undoes everything and begins anew with the next command.</summary>
    public void StartOver()
    {
        Channel.Discard();
        Channel.Immediate = false;
        Channel.Enqueue(new NpgsqlBatchCommand("rollback"));
        Begin();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Channel.Connection.DisposeAsync();   // Npgsql rolls back what is open
        }
        catch (NpgsqlException) when (IsBroken)
        {
            // The connection is gone, and the transaction with it.
        }
    }
}
