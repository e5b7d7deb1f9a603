using Npgsql;

namespace Engagement.EventStore;

/// <summary>How a session reaches the database: on connections of its own, or inside a transaction that several sessions share.</summary>
internal abstract class Channel
{
    /// <summary>Runs one reading command after everything written before it.</summary>
    public abstract Task<T> ReadAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct);

    /// <summary>Writes all commands or none.</summary>
    public abstract Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, CancellationToken ct);
}

/// <summary>A pooled connection per call; each write is one pipelined batch, which PostgreSQL runs as one transaction.</summary>
internal sealed class OwnChannel(NpgsqlDataSource dataSource) : Channel
{
    public override async Task<T> ReadAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await read(reader, ct);
    }

    public override async Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, CancellationToken ct)
    {
        await using var batch = dataSource.CreateBatch();
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>
/// An open transaction shared by sessions that work one after the other. Writes wait for the next read or the flush
/// and travel with it, so that a batch of handlers costs one round trip each. Not thread-safe.
/// </summary>
internal sealed class SharedChannel(NpgsqlConnection connection) : Channel
{
    private readonly List<NpgsqlBatchCommand> _pending = [];

    public NpgsqlConnection Connection { get; } = connection;

    /// <summary>Sends each write at once, so that its failure belongs to the session that made it.</summary>
    public bool Immediate { get; set; }

    public override async Task<T> ReadAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        await using var batch = Batch();
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(ct);   // commands without rows are passed over
        return await read(reader, ct);
    }

    public override Task WriteAsync(IReadOnlyList<NpgsqlBatchCommand> commands, CancellationToken ct)
    {
        _pending.AddRange(commands);
        return Immediate ? FlushAsync(ct) : Task.CompletedTask;
    }

    /// <summary>Adds a command that travels with the next read or flush, also in immediate mode.</summary>
    public void Enqueue(NpgsqlBatchCommand command) => _pending.Add(command);

    /// <summary>Sends what waits, followed by <paramref name="last"/>, such as a commit.</summary>
    public async Task FlushAsync(CancellationToken ct, params NpgsqlBatchCommand[] last)
    {
        if (_pending.Count + last.Length == 0) return;
        await using var batch = Batch();
        foreach (var command in last) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Forgets what waits: its transaction is rolled back.</summary>
    public void Discard() => _pending.Clear();

    private NpgsqlBatch Batch()
    {
        var batch = Connection.CreateBatch();
        foreach (var command in _pending) batch.BatchCommands.Add(command);
        _pending.Clear();
        return batch;
    }
}
