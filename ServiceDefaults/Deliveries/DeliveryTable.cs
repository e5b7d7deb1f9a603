using System.Globalization;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>The statements on one service's table of deliveries. Thread-safe.</summary>
internal sealed class DeliveryTable(NpgsqlDataSource database, string schema)
{
    private readonly string _table = $"{SqlScripts.Identifier(schema)}.deliveries";

    public string NotifyChannel { get; } = $"engagement_deliveries_{schema}";

    public async Task<List<Delivery>> ClaimAsync(
        string kind, DateTimeOffset now, Guid owner, DateTimeOffset leaseUntil, int limit,
        Func<Delivery, SqlStatement?, CancellationToken, Task<bool?>> stillMine)
    {
        await using var claim = Command(
            $"""
            update {_table} as d
            set owner = $3, lease_until = $4, attempt = d.attempt + 1
            from (
                select tenant, id from {_table}
                where kind = $1 and due_at <= $2 and (lease_until is null or lease_until <= $2)
                order by due_at limit $5
                for update skip locked) as due
            where d.tenant = due.tenant and d.id = due.id
            returning d.tenant, d.id, d.payload::text, d.traceparent, d.attempt, d.last_error, d.created_at
            """,
            kind, now, owner, leaseUntil, limit);
        var claimed = new List<Delivery>();
        await using var reader = await claim.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            claimed.Add(new Delivery(stillMine)
            {
                Kind = kind,
                Tenant = reader.GetString(0),
                Id = reader.GetString(1),
                Payload = reader.GetString(2),
                Traceparent = await reader.IsDBNullAsync(3) ? null : reader.GetString(3),
                Attempt = reader.GetInt32(4),
                LastError = await reader.IsDBNullAsync(5) ? null : reader.GetString(5),
                CreatedAt = reader.GetFieldValue<DateTimeOffset>(6),
            });
        }

        return claimed;
    }

    /// <summary>Null where it isn't leased for so long any more; else whether the condition holds, in the same statement.</summary>
    public async Task<bool?> IsLeasedAsync(Delivery delivery, Guid owner, DateTimeOffset until, SqlStatement? condition, CancellationToken ct)
    {
        object[] lease = [delivery.Tenant, delivery.Id, owner, delivery.Attempt, until];
        await using var select = Command(
            $"select {Numbered(condition?.Sql ?? "true", lease.Length)} from {_table} where tenant = $1 and id = $2 and owner = $3 and attempt = $4 and lease_until >= $5",
            [.. lease, .. condition?.Args ?? []]);
        return (bool?)await select.ExecuteScalarAsync(ct);
    }

    public async Task RetryAsync(Delivery delivery, Guid owner, DateTimeOffset due, string error)
    {
        await using var update = Command(
            $"""
            update {_table} set due_at = $5, last_error = $6, owner = null, lease_until = null
            where tenant = $1 and id = $2 and owner = $3 and attempt = $4
            """,
            delivery.Tenant, delivery.Id, owner, delivery.Attempt, due, error);
        await update.ExecuteNonQueryAsync();
    }

    /// <summary>Gives a delivery back as if it had not been claimed, for later where that is said.</summary>
    public async Task ReleaseAsync(Delivery delivery, Guid owner, DateTimeOffset? due = null)
    {
        await using var update = Command(
            $"""
            update {_table} set attempt = attempt - 1, owner = null, lease_until = null, due_at = coalesce($5, due_at)
            where tenant = $1 and id = $2 and owner = $3 and attempt = $4
            """,
            delivery.Tenant, delivery.Id, owner, delivery.Attempt);
        update.Parameters.Add(new() { Value = (object?)due ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        await update.ExecuteNonQueryAsync();
    }

    /// <summary>Whoever holds it: it has gone out, and another instance that took over now stops before sending it again.</summary>
    public SqlStatement Delivered(Delivery delivery) => new($"delete from {_table} where tenant = ? and id = ?", delivery.Tenant, delivery.Id);

    public SqlStatement GivenUp(Delivery delivery, Guid owner) =>
        new($"delete from {_table} where tenant = ? and id = ? and owner = ?", delivery.Tenant, delivery.Id, owner);

    public async Task NotifyAsync()
    {
        await using var notify = Command("select pg_notify($1, '')", NotifyChannel);
        await notify.ExecuteNonQueryAsync();
    }

    /// <summary>Each <c>?</c> by the number of its argument.</summary>
    private static string Numbered(string sql, int before)
    {
        var parts = sql.Split('?');
        return string.Concat(parts.Select((part, i) => i == 0 ? part : string.Create(CultureInfo.InvariantCulture, $"${before + i}{part}")));
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> arguments)
    {
        var command = database.CreateCommand(sql);
        foreach (var argument in arguments) command.Parameters.Add(new() { Value = argument });
        return command;
    }
}
