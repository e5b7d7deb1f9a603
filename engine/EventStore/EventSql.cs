using Npgsql;
using NpgsqlTypes;

namespace Engagement.EventStore;

/// <summary>The statements on streams and events of one store. Thread-safe.</summary>
internal sealed class EventSql
{
    // An event's columns, in the order in which they are read; optional metadata comes last.
    public const int Version = 0;
    public const int IsArchived = 1;
    public const int Type = 2;
    public const int DotNetType = 3;
    public const int Data = 4;
    public const int Sequence = 5;
    public const int Id = 6;
    public const int Timestamp = 7;
    public const int FirstMetadata = 8;
    private const string Columns = "version, is_archived, type, mt_dotnet_type, data, seq_id, id, timestamp";
    private const int MostRows = 8;

    private readonly string _start;
    private readonly string _move;
    private readonly string _archiveStream;
    private readonly string _archiveEvents;
    private readonly string[] _few;
    private readonly string _many;
    private readonly string _fetch;
    private readonly string _fetchUntil;
    private readonly string _state;
    private readonly string _lockedState;

    public EventSql(StoreOptions options)
    {
        Metadata = options.Events.MetadataConfig.Columns;
        var schema = options.DatabaseSchemaName;
        var metadata = string.Concat(Metadata.Select(c => $", {c.Name}"));

        // The stream row is written before a sequence number is drawn: a transaction that holds a number has a transaction id.
        _start = $"insert into {schema}.mt_streams (tenant_id, id, type, version, timestamp, created) values ($1, $2, $3, $4, $5, $5)";
        _move =
            $"""
            update {schema}.mt_streams
            set version = case
                    when is_archived then {schema}.mt_refuse_archived(id)
                    when version = $3 then $4
                    else {schema}.mt_refuse_version(id, $3, version) end,
                timestamp = $5
            where tenant_id = $1 and id = $2
            """;
        _archiveStream = $"update {schema}.mt_streams set is_archived = true where tenant_id = $1 and id = $2";
        _archiveEvents = $"update {schema}.mt_events set is_archived = true where tenant_id = $1 and stream_id = $2";

        // A statement for each small number of events: rows of values cost less than unnest.
        var insert = $"insert into {schema}.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type{metadata})";
        _few = [.. Enumerable.Range(1, MostRows).Select(count => $"{insert} values {Rows(schema, count, Metadata.Length)}")];
        var metadataOfRow = string.Concat(Metadata.Select(c => $", e.{c.Name}"));
        var metadataArrays = string.Concat(Metadata.Select((c, i) => $", ${9 + i}::{c.Type}[]"));
        _many =
            $"""
            {insert}
            select nextval('{schema}.mt_events_sequence'), e.id, $1, e.version, e.data, e.type, $2, $3, e.dotnet_type{metadataOfRow}
            from unnest($4::uuid[], $5::bigint[], $6::jsonb[], $7::varchar[], $8::varchar[]{metadataArrays})
                as e(id, version, data, type, dotnet_type{metadata})
            """;
        _fetch =
            $"""
            select {Columns}{metadata} from {schema}.mt_events
            where tenant_id = $1 and stream_id = $2 and version >= $3 and version <= $4 order by version
            """;
        _fetchUntil = _fetch.Replace(" order by", " and timestamp <= $5 order by", StringComparison.Ordinal);
        _state = $"select version, timestamp, created, is_archived, type from {schema}.mt_streams where tenant_id = $1 and id = $2";
        _lockedState = $"{_state} for no key update";
        Page =
            $"""
            select {Columns}{metadata}, tenant_id, stream_id,
                pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            from {schema}.mt_events where seq_id > $1 order by seq_id limit $2
            """;
    }

    /// <summary>The optional columns that this store keeps.</summary>
    public MetadataColumn[] Metadata { get; }

    /// <summary>
    /// Events of all tenants after a number; after an event's columns its tenant, its stream and the transactions under way in the same snapshot.
    /// </summary>
    public string Page { get; }

    public NpgsqlBatchCommand Start(string tenant, string key, string? type, long version, DateTimeOffset now) =>
        PgCommand.Of(_start, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Text(type), PgCommand.Long(version), PgCommand.Time(now));

    public NpgsqlBatchCommand Move(string tenant, string key, long from, long to, DateTimeOffset now) =>
        PgCommand.Of(_move, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Long(from), PgCommand.Long(to), PgCommand.Time(now));

    /// <summary>The stream first: its row is what appends wait for.</summary>
    public IEnumerable<NpgsqlBatchCommand> Archive(string tenant, string key) =>
        [PgCommand.Of(_archiveStream, PgCommand.Text(tenant), PgCommand.Text(key)), PgCommand.Of(_archiveEvents, PgCommand.Text(tenant), PgCommand.Text(key))];

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
                foreach (var column in Metadata) command.Parameters.Add(column.One(e));
            }

            return command;
        }

        var many = PgCommand.Of(_many,
            PgCommand.Text(key), PgCommand.Time(now), PgCommand.Text(tenant),
            PgCommand.Array([.. events.Select(x => x.Id)], NpgsqlDbType.Uuid),
            PgCommand.Array([.. events.Select(x => x.Version)], NpgsqlDbType.Bigint),
            PgCommand.Jsons(data),
            PgCommand.Texts([.. events.Select(x => x.EventTypeName)]),
            PgCommand.Texts([.. events.Select(x => x.DotNetTypeName)]));
        foreach (var column in Metadata) many.Parameters.Add(column.Many(events));
        return many;
    }

    public NpgsqlBatchCommand Fetch(string tenant, string key, long from, long to, DateTimeOffset? until) => until is null
        ? PgCommand.Of(_fetch, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Long(from), PgCommand.Long(to))
        : PgCommand.Of(_fetchUntil, PgCommand.Text(tenant), PgCommand.Text(key), PgCommand.Long(from), PgCommand.Long(to), PgCommand.Time(until.Value));

    /// <summary><paramref name="locked"/> keeps others from appending until the transaction ends.</summary>
    public NpgsqlBatchCommand State(string tenant, string key, bool locked = false) =>
        PgCommand.Of(locked ? _lockedState : _state, PgCommand.Text(tenant), PgCommand.Text(key));

    private static string Rows(string schema, int count, int metadata) => string.Join(", ", Enumerable.Range(0, count).Select(row =>
    {
        var p = 4 + (row * (5 + metadata));
        var more = string.Concat(Enumerable.Range(p + 5, metadata).Select(m => $", ${m}"));
        return $"(nextval('{schema}.mt_events_sequence'), ${p}, $1, ${p + 1}, ${p + 2}, ${p + 3}, $2, $3, ${p + 4}{more})";
    }));
}
