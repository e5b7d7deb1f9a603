using Npgsql;
using NpgsqlTypes;

namespace Engagement.EventStore;

/// <summary>Builds typed commands for a pipelined batch.</summary>
internal static class PgCommand
{
    /// <summary>
    /// For statements whose plan, once made, must not depend on how full the table was then: an empty one would be read whole for good.
    /// Holds until <see cref="ByAnyPlan"/> or the end of the transaction.
    /// </summary>
    public const string ByIndex = "set local enable_seqscan = off";

    public const string ByAnyPlan = "set local enable_seqscan to default";

    public static NpgsqlBatchCommand Of(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>The same for another connection: a command that was run stays tied to how its connection had prepared it.</summary>
    public static NpgsqlBatchCommand Copy(NpgsqlBatchCommand command) => Of(command.CommandText, [.. command.Parameters.Select(p => p.Clone())]);

    public static NpgsqlParameter Text(string? value) => value is null
        ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar }
        : new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };

    public static NpgsqlParameter Long(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Int(int value) => new NpgsqlParameter<int> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Integer };

    public static NpgsqlParameter Time(DateTimeOffset value) =>
        new NpgsqlParameter<DateTime> { TypedValue = value.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Short(short value) => new NpgsqlParameter<short> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Smallint };

    public static NpgsqlParameter Uuid(Guid value) => new NpgsqlParameter<Guid> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    public static NpgsqlParameter Bytes(byte[] value) => new NpgsqlParameter<byte[]> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea };

    public static NpgsqlParameter Json(byte[]? value) => value is null
        ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb }
        : new NpgsqlParameter<byte[]> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Jsonb };

    public static NpgsqlParameter Texts(string?[] value) => Array(value, NpgsqlDbType.Varchar);

    public static NpgsqlParameter Jsons(byte[]?[] value) => Array(value, NpgsqlDbType.Jsonb);

    public static NpgsqlParameter Array<T>(T[] value, NpgsqlDbType element) =>
        new NpgsqlParameter<T[]> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Array | element };
}
