using Npgsql;
using NpgsqlTypes;

namespace Engagement.EventStore;

/// <summary>The statements on streams and events of one store.</summary>
internal sealed class EventSql(StoreOptions options)
{
    private const string EventColumns = "seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived";

    private const int MostRows = 8;

    /// <summary>How many columns an event is read from.</summary>
    public const int ColumnCount = 10;

    // The stream row is written before a sequence number is drawn: a transaction that holds a number has a transaction id.
    private readonly string _start =
        $"""
        insert into {options.DatabaseSchemaName}.mt_streams (tenant_id, id, type, version, timestamp, created) values ($1, $2, $3, $4, $5, $5)
        """;

    private readonly string _move =
        $"""
        update {options.DatabaseSchemaName}.mt_streams
        set version = case when version = $3 then $4 else {options.DatabaseSchemaName}.mt_refuse_version(id, $3, version) end, timestamp = $5
        where tenant_id = $1 and id = $2
        """;

    // A statement for each small number of events: rows of values cost less than unnest.
    private readonly string[] _few = [.. Enumerable.Range(1, MostRows).Select(count => Rows(options.DatabaseSchemaName, count))];

    private readonly string _many =
        $"""
        insert into {options.DatabaseSchemaName}.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type)
        select nextval('{options.DatabaseSchemaName}.mt_events_sequence'), e.id, $1, e.version, e.data, e.type, $2, $3, e.dotnet_type
        from unnest($4::uuid[], $5::bigint[], $6::jsonb[], $7::varchar[], $8::varchar[]) as e(id, version, data, type, dotnet_type)
        """;

    private readonly string _fetch =
        $"select {EventColumns} from {options.DatabaseSchemaName}.mt_events where tenant_id = $1 and stream_id = $2 and version >= $3 and version <= $4 order by version";

    private readonly string _fetchUntil =
        $"select {EventColumns} from {options.DatabaseSchemaName}.mt_events where tenant_id = $1 and stream_id = $2 and version >= $3 and version <= $4 and timestamp <= $5 order by version";

    private readonly string _state =
        $"select version, timestamp, created, is_archived from {options.DatabaseSchemaName}.mt_streams where tenant_id = $1 and id = $2";

    private readonly string _lockedState =
        $"select version, timestamp, created, is_archived from {options.DatabaseSchemaName}.mt_streams where tenant_id = $1 and id = $2 for no key update";

    /// <summary>Events of all tenants after a number, with the transactions under way in the same snapshot.</summary>
    public string Page { get; } =
        $"""
        select {EventColumns}, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        from {options.DatabaseSchemaName}.mt_events where seq_id > $1 order by seq_id limit $2
        """;

    public NpgsqlBatchCommand Start(string tenant, string key, string? type, long version, DateTimeOffset now) =>
        PgCommand.Of(_start, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Text(type), PgCommand.Long(version), PgCommand.Time(now));

    public NpgsqlBatchCommand Move(string tenant, string key, long from, long to, DateTimeOffset now) =>
        PgCommand.Of(_move, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Long(from), PgCommand.Long(to), PgCommand.Time(now));

    public NpgsqlBatchCommand Append(string tenant, string key, IReadOnlyList<IStoredEvent> events, byte[][] data, DateTimeOffset now)
    {
        if (events.Count <= MostRows)
        {
            var command = PgCommand.Of(_few[events.Count - 1], PgCommand.Text(key), PgCommand.Time(now), PgCommand.Text(tenant));
            for (var i = 0; i < events.Count; i++)
            {
                var e = events[i];
                command.Parameters.Add(PgCommand.Uuid(e.Id));
                command.Parameters.Add(PgCommand.Long(e.Version));
                command.Parameters.Add(PgCommand.Json(data[i]));
                command.Parameters.Add(PgCommand.Text(e.EventTypeName));
                command.Parameters.Add(PgCommand.Text(e.DotNetTypeName));
            }

            return command;
        }

        return PgCommand.Of(_many,
            PgCommand.Text(key), PgCommand.Time(now), PgCommand.Text(tenant),
            PgCommand.Array([.. events.Select(x => x.Id)], NpgsqlDbType.Uuid),
            PgCommand.Array([.. events.Select(x => x.Version)], NpgsqlDbType.Bigint),
            PgCommand.Jsons(data),
            PgCommand.Texts([.. events.Select(x => x.EventTypeName)]),
            PgCommand.Texts([.. events.Select(x => x.DotNetTypeName)]));
    }

    public NpgsqlBatchCommand Fetch(string tenant, string key, long from, long to, DateTimeOffset? until) => until is null
        ? PgCommand.Of(_fetch, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Long(from), PgCommand.Long(to))
        : PgCommand.Of(_fetchUntil, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Long(from), PgCommand.Long(to), PgCommand.Time(until.Value));

    /// <summary><paramref name="locked"/> keeps others from appending until the transaction ends.</summary>
    public NpgsqlBatchCommand State(string tenant, string key, bool locked = false) =>
        PgCommand.Of(locked ? _lockedState : _state, PgCommand.Text(tenant), PgCommand.Text(key));

    private static string Rows(string schema, int count)
    {
        var rows = Enumerable.Range(0, count).Select(i => 4 + 5 * i)
            .Select(p => $"(nextval('{schema}.mt_events_sequence'), ${p}, $1, ${p + 1}, ${p + 2}, ${p + 3}, $2, $3, ${p + 4})");
        return $"insert into {schema}.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type) values {string.Join(", ", rows)}";
    }
}
