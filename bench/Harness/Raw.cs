using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.Bench.Harness;

/// <summary>
/// What plain Npgsql takes: a connection per worker, batches prepared once, parameters set again for each operation.
/// </summary>
internal static class Raw
{
    /// <summary>JSON as the engine's stores have it: names as written, enums as strings.</summary>
    public static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() }, AllowOutOfOrderMetadataProperties = true };

    public static async Task<NpgsqlBatch> Prepare(NpgsqlConnection connection, params NpgsqlBatchCommand[] commands)
    {
        var batch = connection.CreateBatch();
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await batch.PrepareAsync();
        return batch;
    }

    public static NpgsqlBatchCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    public static NpgsqlParameter<string> Text(string value = "") => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };

    public static NpgsqlParameter<long> Long(long value = 0) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter<int> Int(int value = 0) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Integer };

    public static NpgsqlParameter<short> Short(short value = 0) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Smallint };

    public static NpgsqlParameter<Guid> Uuid() => new() { NpgsqlDbType = NpgsqlDbType.Uuid };

    public static NpgsqlParameter<DateTime> Time() => new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter<byte[]> Jsonb() => new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Jsonb };

    public static NpgsqlParameter<byte[]> Bytes() => new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Bytea };

    public static NpgsqlParameter<T[]> Array<T>(NpgsqlDbType element) => new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Array | element };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json);

    public static T Read<T>(byte[] data) => JsonSerializer.Deserialize<T>(data, Json)!;
}

/// <summary>Connections of the raw side, opened beforehand and kept.</summary>
internal sealed class RawConnections : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly List<NpgsqlConnection> _open = [];

    public RawConnections(BenchDatabase database) => _source = NpgsqlDataSource.Create(database.ConnectionString);

    public async Task<NpgsqlConnection> Open(CancellationToken ct)
    {
        var connection = await _source.OpenConnectionAsync(ct);
        _open.Add(connection);
        return connection;
    }

    /// <summary>One of <paramref name="make"/> for each of the sixteen.</summary>
    public async Task<T[]> ForEachWorker<T>(Func<NpgsqlConnection, Task<T>> make, CancellationToken ct)
    {
        var workers = new T[BenchSettings.Workers];
        for (var i = 0; i < workers.Length; i++) workers[i] = await make(await Open(ct));
        return workers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _open) await connection.DisposeAsync();
        await _source.DisposeAsync();
    }
}
