using Npgsql;

namespace Engagement.EventStore;

/// <summary>How a session reaches the database: on connections of its own, or inside a transaction that several sessions share.</summary>
internal abstract class Channel
{
    /// <summary>Whether a transaction of somebody else goes on after a write: what is read can be locked, and a refused write is not repeated here.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Runs one reading command after everything written before it.</summary>
    public Task<T> ReadAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct) =>
        ReadAsync([command], read, ct);

    /// <summary>As <see cref="ReadAsync{T}(NpgsqlBatchCommand, Func{NpgsqlDataReader, CancellationToken, Task{T}}, CancellationToken)"/>, several in one round trip.</summary>
    /// <param name="commands">Each answers with one result.</param>
    /// <param name="read">May be called twice: on another connection, from the beginning.</param>
    /// <param name="ct">Ends the wait.</param>
    public abstract Task<T> ReadAsync<T>(
        IReadOnlyList<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct);

    /// <summary>Writes all commands or none.</summary>
    /// <param name="commands">In the order they run.</param>
    /// <param name="mayReturnRows">Some of them may: SQL of a service's own.</param>
    /// <param name="ct">Ends the wait.</param>
    public abstract Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, bool mayReturnRows, CancellationToken ct);
}

/// <summary>A pooled connection per call; each write is one pipelined batch, which PostgreSQL runs as one transaction.</summary>
internal sealed class OwnChannel(NpgsqlDataSource dataSource) : Channel
{
    public override bool IsShared => false;

    public override Task<T> ReadAsync<T>(
        IReadOnlyList<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct) =>
        ExecuteAsync(commands, async (batch, token) =>
        {
            await using var reader = await batch.ExecuteReaderAsync(token);
            return await read(reader, token);
        }, ct);

    public override Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, bool mayReturnRows, CancellationToken ct) =>
        ExecuteAsync(commands, (batch, token) => batch.ExecuteNonQueryAsync(token), ct);

    /// <summary>A batch that is refused whole, because a table has changed under a prepared statement, is run again on a new connection.</summary>
    private async Task<T> ExecuteAsync<T>(
        IReadOnlyList<NpgsqlBatchCommand> commands, Func<NpgsqlBatch, CancellationToken, Task<T>> execute, CancellationToken ct)
    {
        for (var isAgain = false; ; isAgain = true)
        {
            await using var batch = dataSource.CreateBatch();
            foreach (var command in commands) batch.BatchCommands.Add(isAgain ? PgCommand.Copy(command) : command);
            try
            {
                return await execute(batch, ct);
            }
            catch (PostgresException e) when (StorageErrors.IsOutdatedPlan(e) && !isAgain)
            {
                dataSource.Clear();
            }
        }
    }
}

/// <summary>
/// An open transaction shared by sessions that work one after the other. Writes wait for the next read or the flush
/// and travel with it, so that a batch of handlers costs one round trip each. Not thread-safe.
/// </summary>
internal class SharedChannel(NpgsqlDataSource dataSource, NpgsqlConnection connection) : Channel
{
    private readonly List<NpgsqlBatchCommand> _pending = [];
    private bool _pendingMayReturnRows;

    public override bool IsShared => true;

    public NpgsqlConnection Connection { get; } = connection;

    /// <summary>Sends each write at once, so that its failure belongs to the session that made it.</summary>
    public bool Immediate { get; set; }

    /// <summary>Documents that were read for all sessions together; null where each reads and writes its own.</summary>
    public RevisionedDocuments? Documents { get; set; }

    public bool HasPending => _pending.Count > 0 || Documents is { HasChanges: true };

    /// <summary>Called when writes have arrived in the transaction; for tests.</summary>
    public Action? Flushed { get; set; }

    public override async Task<T> ReadAsync<T>(
        IReadOnlyList<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        if (_pendingMayReturnRows) await FlushAsync(ct);   // their rows must not be taken for the answer
        var writes = HasPending;
        await using var batch = Batch();
        foreach (var command in commands) batch.BatchCommands.Add(command);
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(ct);   // commands without rows are passed over
            var answer = await read(reader, ct);
            if (writes) Flushed?.Invoke();
            return answer;
        }
        catch (PostgresException e) when (StorageErrors.IsOutdatedPlan(e))
        {
            dataSource.Clear();   // whoever began the transaction begins it again
            throw;
        }
    }

    /// <summary>
    /// Runs one reading command whose plan, once made, must not depend on how full the table was then: an empty one would be read whole for good.
    /// </summary>
    public async Task<T> ReadByIndexAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        Enqueue(new NpgsqlBatchCommand(PgCommand.ByIndex));
        var answer = await ReadAsync(command, read, ct);
        Enqueue(new NpgsqlBatchCommand(PgCommand.ByAnyPlan));
        return answer;
    }

    public override Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, bool mayReturnRows, CancellationToken ct)
    {
        _pending.AddRange(commands);
        _pendingMayReturnRows |= mayReturnRows;
        return Immediate ? FlushAsync(ct) : Task.CompletedTask;
    }

    /// <summary>Adds a command that travels with the next read or flush, also in immediate mode.</summary>
    public void Enqueue(NpgsqlBatchCommand command) => _pending.Add(command);

    /// <summary>Sends what waits, followed by <paramref name="last"/>, such as a commit.</summary>
    public async Task FlushAsync(CancellationToken ct, params NpgsqlBatchCommand[] last)
    {
        if (!HasPending && last.Length == 0) return;
        await using var batch = Batch();
        foreach (var command in last) batch.BatchCommands.Add(command);
        try
        {
            await batch.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException e) when (StorageErrors.IsOutdatedPlan(e))
        {
            dataSource.Clear();
            throw;
        }

        if (last.Length == 0) Flushed?.Invoke();
    }

    /// <summary>Forgets what waits: its transaction is rolled back.</summary>
    public virtual void Discard()
    {
        Sent();
        Documents = null;
    }

    private NpgsqlBatch Batch()
    {
        var batch = Connection.CreateBatch();
        foreach (var command in _pending) batch.BatchCommands.Add(command);
        if (Documents is { } documents)
        {
            foreach (var command in documents.TakeChanges()) batch.BatchCommands.Add(command);
        }

        Sent();
        return batch;
    }

    private void Sent()
    {
        _pending.Clear();
        _pendingMayReturnRows = false;
    }
}
