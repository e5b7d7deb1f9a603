using Engagement.Bench.Harness;
using Npgsql;

namespace Engagement.Bench.Shop;

/// <summary>Setup and checks by plain SQL.</summary>
internal static class Sql
{
    public static async Task Execute(BenchDatabase database, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<T> Scalar<T>(BenchDatabase database, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
