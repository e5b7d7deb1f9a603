using System.Text.RegularExpressions;
using Engagement.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.Bus;

/// <summary>The statements on one queue's tables. Names come from configuration, never from messages.</summary>
internal sealed partial class QueueSql
{
    /// <summary>Most rows moved at once from the timers, or from the retries, to the queue.</summary>
    public const int MoveLimit = 1000;

    /// <summary>The lock of whoever moves timers, beside those of the slots.</summary>
    private const int NoSlot = -1;

    private const string Columns = "slot, tenant, group_id, message_id, message_type, body, attempts, sent_at, correlation_id, parent_id, due, crashes";

    private const string Claimed =
        """
        select h.held, g.id, g.slot, g.tenant, g.group_id, g.message_id, g.message_type, g.body, g.attempts, g.sent_at, g.correlation_id, g.parent_id,
            g.due, g.crashes
        from (select count(*) as held from held) h left join gone g on true order by g.id
        """;

    private readonly string _claim;
    private readonly string _claimAgain;
    private readonly string _sendOne;
    private readonly string _send;
    private readonly string _schedule;
    private readonly string _moveScheduled;
    private readonly string _moveRetries;
    private readonly string _next;
    private readonly string _discover;
    private readonly string _retry;
    private readonly string _takeRetry;
    private readonly string _bury;

    /// <exception cref="ArgumentException">The name can't be a table's.</exception>
    public QueueSql(string schema, string queue)
    {
        if (!TableName().IsMatch(queue))
        {
            throw new ArgumentException(
                $"'{queue}' can't name a queue: take lower-case letters, digits and underscores, such as WolverineOptions.ServiceName = \"orders\".",
                nameof(queue));
        }

        Queue = queue;
        var table = $"{schema}.{queue}";
        LockClass = Slots.Hash(queue);

        // The lock comes first; whoever gets it deletes what others have not: a row they deleted meanwhile is passed over.
        _claim =
            $"""
            with held as materialized (select 1 as one where pg_try_advisory_xact_lock($1, $2)),
            picked as materialized (
                select p.place from held, unnest($3::varchar[], $4::bigint[]) t(tenant, low)
                cross join lateral (
                    select q.ctid as place from {table} q where q.slot = $2 and q.tenant = t.tenant and q.id + 0 > t.low order by q.id + 0 limit $5) p),
            gone as (delete from {table} q where q.ctid = any(array(select place from picked)) returning q.*)
            {Claimed}
            """;
        _claimAgain =
            $"""
            with held as materialized (select 1 as one where pg_try_advisory_xact_lock($1, $2)),
            gone as (delete from {table} q using held where q.id = any($3) returning q.*)
            {Claimed}
            """;
        var columns = "slot, tenant, group_id, message_id, message_type, body, sent_at, correlation_id, parent_id";
        _sendOne = $"insert into {table} ({columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        _send =
            $"""
            insert into {table} ({columns})
            select * from unnest(
                $1::smallint[], $2::varchar[], $3::varchar[], $4::uuid[], $5::varchar[], $6::bytea[], $7::timestamptz[], $8::varchar[], $9::varchar[])
            """;
        _schedule =
            $"""
            insert into {table}_scheduled ({columns}, due)
            select * from unnest(
                $1::smallint[], $2::varchar[], $3::varchar[], $4::uuid[], $5::varchar[], $6::bytea[], $7::timestamptz[], $8::varchar[], $9::varchar[],
                $10::timestamptz[])
            """;
        // One process at a time, so that timers of a group come into the queue in the order they are due.
        _moveScheduled =
            $"""
            with mover as materialized (select 1 as one where pg_try_advisory_xact_lock({LockClass}, {NoSlot})),
            due as (delete from {table}_scheduled s where s.ctid = any(array(
                select t.place from mover cross join lateral (
                    select d.ctid as place from {table}_scheduled d where d.due > $2 and d.due <= $1
                    order by d.due, d.id limit {MoveLimit} for update skip locked) t)) returning s.*),
            moved as (insert into {table} ({Columns}) select {Columns} from due order by due.due, due.id returning slot)
            select count(*), exists (select from mover) from moved
            """;
        _moveRetries =
            $"""
            with due as (delete from {table}_retries r where r.ctid = any(array(
                select d.ctid from {table}_retries d where d.retry_at > $2 and d.retry_at <= $1
                order by d.retry_at limit {MoveLimit} for update skip locked)) returning r.*),
            moved as (insert into {table} ({Columns}) select {Columns} from due order by due.retry_at returning slot)
            select count(*) from moved
            """;
        _next =
            $"""
            select (select min(due) from {table}_scheduled where due > $1), (select min(retry_at) from {table}_retries where retry_at > $2),
                array(select virtualtransaction from pg_locks where relation = '{table}'::regclass and mode = 'RowExclusiveLock' and pid <> pg_backend_pid())
            """;
        // Not in the order of the claims' index.
        _discover = $"select slot + 0, tenant, min(id), max(id) from {table} where id > $1 group by slot + 0, tenant";
        _retry =
            $"""
            insert into {table}_retries ({Columns}, retry_at, exception_type, exception_message)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """;
        _takeRetry = $"delete from {table}_retries where message_id = $1 returning 1";
        _bury =
            $"""
            insert into {table}_dead_letters ({Columns}, dead_at, exception_type, exception_message)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict (message_id) do nothing
            """;
    }

    public string Queue { get; }

    public int LockClass { get; }

    public static IEnumerable<string> Tables(string queue) =>
        [queue, $"{queue}_scheduled", $"{queue}_retries", $"{queue}_dead_letters", $"{queue}_nodes"];

    /// <summary>The tables and their indexes.</summary>
    public static IEnumerable<string> Relations(string queue) => [.. Tables(queue), $"{queue}_claim", $"{queue}_retries_at", $"{queue}_dead_letters_type"];

    public static string Script(string schema, string queue) =>
        Embedded.Read<QueueSql>("Bus.sql").Replace("{schema}", schema, StringComparison.Ordinal).Replace("{queue}", queue, StringComparison.Ordinal);

    /// <summary>Takes up to <paramref name="share"/> messages of each tenant in one slot, if no other worker has the slot.</summary>
    public NpgsqlBatchCommand Claim(short slot, string[] tenants, long[] lows, int share) => PgCommand.Of(_claim,
        PgCommand.Int(LockClass), PgCommand.Int(slot), PgCommand.Texts(tenants), PgCommand.Array(lows, NpgsqlDbType.Bigint), PgCommand.Int(share));

    public NpgsqlBatchCommand ClaimAgain(short slot, long[] ids) => PgCommand.Of(_claimAgain,
        PgCommand.Int(LockClass), PgCommand.Int(slot), PgCommand.Array(ids, NpgsqlDbType.Bigint));

    public NpgsqlBatchCommand Send(IReadOnlyList<Envelope> envelopes)
    {
        if (envelopes is [var one])
        {
            return PgCommand.Of(_sendOne,
                PgCommand.Short(one.Slot), PgCommand.Text(one.TenantId), PgCommand.Text(one.GroupId), PgCommand.Uuid(one.Id), PgCommand.Text(one.MessageType),
                PgCommand.Bytes(one.Data!), PgCommand.Time(one.SentAt), PgCommand.Text(one.CorrelationId), PgCommand.Text(one.ParentId));
        }

        var command = PgCommand.Of(_send);
        Arrays(command, envelopes);
        return command;
    }

    public NpgsqlBatchCommand Schedule(IReadOnlyList<Envelope> envelopes)
    {
        var command = PgCommand.Of(_schedule);
        Arrays(command, envelopes);
        command.Parameters.Add(PgCommand.Array([.. envelopes.Select(e => e.ScheduledTime!.Value.UtcDateTime)], NpgsqlDbType.TimestampTz));
        return command;
    }

    /// <summary>Keeps the slot beyond the transaction that claimed it, until <see cref="FreeSlot"/> or the end of the connection.</summary>
    public NpgsqlBatchCommand KeepSlot(short slot) => PgCommand.Of("select pg_advisory_lock($1, $2)", PgCommand.Int(LockClass), PgCommand.Int(slot));

    public NpgsqlBatchCommand FreeSlot(short slot) => PgCommand.Of("select pg_advisory_unlock($1, $2)", PgCommand.Int(LockClass), PgCommand.Int(slot));

    /// <summary>One round trip: moves what is due into the queue, asks when the next is, who is writing, and where there are messages.</summary>
    public async Task<LookResult> Look(
        NpgsqlDataSource dataSource, DateTimeOffset domainNow, DateTimeOffset dueFloor, DateTimeOffset realNow, DateTimeOffset retryFloor, long settled,
        CancellationToken ct)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PgCommand.ByIndex));
        batch.BatchCommands.Add(PgCommand.Of(_moveScheduled, PgCommand.Time(domainNow), PgCommand.Time(dueFloor)));
        batch.BatchCommands.Add(PgCommand.Of(_moveRetries, PgCommand.Time(realNow), PgCommand.Time(retryFloor)));
        batch.BatchCommands.Add(PgCommand.Of(_next, PgCommand.Time(dueFloor), PgCommand.Time(retryFloor)));
        batch.BatchCommands.Add(PgCommand.Of(_discover, PgCommand.Long(settled)));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var (movedScheduled, isMover) = (reader.GetInt64(0), reader.GetBoolean(1));
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        var movedRetries = reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        DateTimeOffset? nextDue = reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0);
        DateTimeOffset? nextRetry = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1);
        var writers = reader.GetFieldValue<string[]>(2);
        await reader.NextResultAsync(ct);
        var found = new List<(short, string, long)>();
        var highest = 0L;
        while (await reader.ReadAsync(ct))
        {
            found.Add(((short)reader.GetInt32(0), reader.GetString(1), reader.GetInt64(2)));
            highest = Math.Max(highest, reader.GetInt64(3));
        }

        await reader.NextResultAsync(ct);   // until the commit
        return new LookResult(movedScheduled, isMover, movedRetries, nextDue, nextRetry, writers, found, highest);
    }

    public NpgsqlBatchCommand Retry(Envelope envelope, DateTimeOffset retryAt, Exception? e) => Failed(_retry, envelope, retryAt, e);

    public NpgsqlBatchCommand TakeRetry(Guid messageId) => PgCommand.Of(_takeRetry, PgCommand.Uuid(messageId));

    public NpgsqlBatchCommand Bury(Envelope envelope, DateTimeOffset now, Exception e) => Failed(_bury, envelope, now, e);

    /// <summary>Reads what a claim returned; null where another worker has the slot.</summary>
    public async Task<List<Envelope>?> ReadClaim(NpgsqlDataReader reader, CancellationToken ct)
    {
        var envelopes = new List<Envelope>();
        while (await reader.ReadAsync(ct))
        {
            if (reader.GetInt64(0) == 0) return null;
            if (reader.IsDBNull(1)) return envelopes;
            envelopes.Add(new Envelope
            {
                QueueId = reader.GetInt64(1),
                Slot = reader.GetInt16(2),
                TenantId = reader.GetString(3),
                GroupId = reader.IsDBNull(4) ? null : reader.GetString(4),
                Id = reader.GetGuid(5),
                MessageType = reader.GetString(6),
                Data = reader.GetFieldValue<byte[]>(7),
                Attempts = reader.GetInt16(8),
                SentAt = reader.GetFieldValue<DateTimeOffset>(9),
                CorrelationId = reader.IsDBNull(10) ? null : reader.GetString(10),
                ParentId = reader.IsDBNull(11) ? null : reader.GetString(11),
                ScheduledTime = reader.IsDBNull(12) ? null : reader.GetFieldValue<DateTimeOffset>(12),
                Crashes = reader.GetInt16(13),
                Destination = Queue,
            });
        }

        return envelopes;
    }

    private static void Arrays(NpgsqlBatchCommand command, IReadOnlyList<Envelope> envelopes)
    {
        T[] Each<T>(Func<Envelope, T> of)
        {
            var values = new T[envelopes.Count];
            for (var i = 0; i < values.Length; i++) values[i] = of(envelopes[i]);
            return values;
        }

        command.Parameters.Add(PgCommand.Array(Each(e => e.Slot), NpgsqlDbType.Smallint));
        command.Parameters.Add(PgCommand.Texts(Each(e => e.TenantId)));
        command.Parameters.Add(PgCommand.Texts(Each(e => e.GroupId)));
        command.Parameters.Add(PgCommand.Array(Each(e => e.Id), NpgsqlDbType.Uuid));
        command.Parameters.Add(PgCommand.Texts(Each(e => e.MessageType)));
        command.Parameters.Add(PgCommand.Array(Each(e => e.Data!), NpgsqlDbType.Bytea));
        command.Parameters.Add(PgCommand.Array(Each(e => e.SentAt.UtcDateTime), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(PgCommand.Texts(Each(e => e.CorrelationId)));
        command.Parameters.Add(PgCommand.Texts(Each(e => e.ParentId)));
    }

    private static NpgsqlBatchCommand Failed(string sql, Envelope envelope, DateTimeOffset at, Exception? e) => PgCommand.Of(sql,
        PgCommand.Short(envelope.Slot),
        PgCommand.Text(envelope.TenantId),
        PgCommand.Text(envelope.GroupId),
        PgCommand.Uuid(envelope.Id),
        PgCommand.Text(envelope.MessageType),
        PgCommand.Bytes(envelope.Data!),
        PgCommand.Short(checked((short)envelope.Attempts)),
        PgCommand.Time(envelope.SentAt),
        PgCommand.Text(envelope.CorrelationId),
        PgCommand.Text(envelope.ParentId),
        envelope.ScheduledTime is { } due ? PgCommand.Time(due) : new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        PgCommand.Short(checked((short)envelope.Crashes)),
        PgCommand.Time(at),
        PgCommand.Text(e?.GetType().FullName),
        PgCommand.Text(e?.Message.Replace('\0', ' ')));   // which PostgreSQL can't store

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,40}$")]
    private static partial Regex TableName();
}

/// <summary>What one look at a queue saw.</summary>
/// <param name="MovedScheduled">How many timers became messages.</param>
/// <param name="IsMover">False where another process was moving timers.</param>
/// <param name="MovedRetries">How many failed messages came back.</param>
/// <param name="NextDue">When the next timer is due, on the domain's clock.</param>
/// <param name="NextRetry">When the next retry is, in real time.</param>
/// <param name="Writers">Transactions that were writing before the look for messages.</param>
/// <param name="Found">Slots and tenants with messages, and the lowest id of each.</param>
/// <param name="HighestId">The highest id found.</param>
internal sealed record LookResult(
    long MovedScheduled, bool IsMover, long MovedRetries, DateTimeOffset? NextDue, DateTimeOffset? NextRetry, string[] Writers,
    List<(short Slot, string Tenant, long Lowest)> Found, long HighestId)
{
    public TimeSpan Took { get; init; }

    public bool HasMoved => MovedScheduled + MovedRetries > 0;

    public bool MayBeMore => MovedScheduled >= QueueSql.MoveLimit || MovedRetries >= QueueSql.MoveLimit;
}

/// <summary>
/// The lanes of a queue. A slot is worked by one worker at a time, so messages of one tenant and group keep their order.
/// The number is part of the stored rows: change it only with empty queues.
/// </summary>
internal static class Slots
{
    public const int Count = 32;

    public static short Of(string tenant, string? group, Guid messageId) =>
        (short)((uint)(group is null ? messageId.GetHashCode() : Hash(tenant, group)) % Count);

    /// <summary>FNV-1a: the same in every process, unlike string.GetHashCode.</summary>
    public static int Hash(params ReadOnlySpan<string> parts)
    {
        var hash = 2166136261;
        foreach (var part in parts)
        {
            foreach (var c in part) hash = (hash ^ c) * 16777619;
            hash = (hash ^ 0xffff) * 16777619;
        }

        return (int)hash;
    }
}
