using System.Buffers;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.EventStore;

/// <summary>Where and how documents of one type are kept: Marten's table <c>mt_doc_{type}</c>, tenant first in its key.</summary>
internal sealed class DocumentMapping
{
    private readonly Func<object, string> _id;
    private readonly StoreOptions _options;
    private readonly List<(string Name, string Columns)> _indexes = [];
    private readonly Lazy<Statements> _sql;
    private readonly Lazy<JsonTypeInfo> _json;

    public DocumentMapping(Type type, StoreOptions options)
    {
        Type = type;
        _options = options;
        Alias = type.IsNested ? $"{type.DeclaringType!.Name}_{type.Name}".ToLowerInvariant() : type.Name.ToLowerInvariant();
        Name = $"mt_doc_{Alias}";
        DotNetTypeName = type.FullName!;
        _id = IdOf(type);
        TellsRevision = IsRevisioned = typeof(IRevisioned).IsAssignableFrom(type);
        _sql = new Lazy<Statements>(Build);
        _json = new Lazy<JsonTypeInfo>(() => options.Json.GetTypeInfo(type));
    }

    public Type Type { get; }

    public string Alias { get; }

    /// <summary>The table without its schema.</summary>
    public string Name { get; }

    public string Table => $"{_options.DatabaseSchemaName}.{Name}";

    public string DotNetTypeName { get; }

    /// <summary>Snapshots and sagas count versions in <c>mt_version</c>; other documents draw a new uuid at each write.</summary>
    public bool IsRevisioned { get; set; }

    /// <summary>Whether the type has a property for its version; then reading sets it.</summary>
    public bool TellsRevision { get; }

    /// <summary>The table and its indexes, as <see cref="Schema.EnsureAsync"/> takes them.</summary>
    public IEnumerable<string> Parts => [IsRevisioned ? $"{Name}.mt_version integer" : Name, .. _indexes.Select(i => i.Name)];

    public string Id(object document) => _id(document);

    public byte[] Write(object document) => JsonSerializer.SerializeToUtf8Bytes(document, _json.Value);

    /// <summary>The document in a row of <c>data</c>, followed by <c>mt_version</c> where <see cref="TellsRevision"/>.</summary>
    public object Read(NpgsqlDataReader reader)
    {
        var document = Read(reader, 0);
        if (TellsRevision) ((IRevisioned)document).Version = reader.GetInt32(1);
        return document;
    }

    public async Task<IReadOnlyList<T>> ReadAllAsync<T>(NpgsqlDataReader reader, CancellationToken ct)
    {
        var documents = new List<T>();
        while (await reader.ReadAsync(ct)) documents.Add((T)Read(reader));
        return documents;
    }

    public object Read(NpgsqlDataReader reader, int column)
    {
        // On the wire, jsonb is its version and then text.
        var length = (int)reader.GetBytes(column, 0, null, 0, 0);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            reader.GetBytes(column, 0, buffer, 0, length);
            return Read(buffer.AsSpan(1, length - 1));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public object Read(ReadOnlySpan<byte> data) =>
        JsonSerializer.Deserialize(data, _json.Value) ?? throw new InvalidOperationException($"A stored {Type.Name} is null.");

    public NpgsqlBatchCommand Load(string tenant, string id) => PgCommand.Of(_sql.Value.Load, PgCommand.Text(tenant), PgCommand.Text(id));

    /// <summary>Data, version and id of those that are there.</summary>
    public NpgsqlBatchCommand LoadMany(string tenant, string[] ids) =>
        PgCommand.Of(_sql.Value.LoadMany, PgCommand.Text(tenant), PgCommand.Texts([.. ids.Distinct()]));

    public NpgsqlBatchCommand Query(string tenant, string sql, object[] parameters) => UserSql.Command($"{_sql.Value.Query} {sql}", [tenant, .. parameters]);

    /// <summary>
    /// A stream's version beside its snapshot, as one picture; <paramref name="locked"/> keeps others from appending until the transaction ends.
    /// </summary>
    public NpgsqlBatchCommand StateAndSnapshot(string tenant, string key, bool locked) =>
        PgCommand.Of(locked ? _sql.Value.LockedStateAndSnapshot : _sql.Value.StateAndSnapshot, PgCommand.Text(tenant), PgCommand.Text(key));

    public NpgsqlBatchCommand Delete(string tenant, string[] ids) => ids.Length == 1
        ? PgCommand.Of(_sql.Value.DeleteOne, PgCommand.Text(tenant), PgCommand.Text(ids[0]))
        : PgCommand.Of(_sql.Value.Delete, PgCommand.Text(tenant), PgCommand.Texts(ids));

    /// <summary>
    /// Writes documents of one tenant. <paramref name="versions"/> are those of the streams for snapshots; without them the next of each document.
    /// </summary>
    public NpgsqlBatchCommand Save(bool insertOnly, string tenant, DateTimeOffset now, string[] ids, byte[][] data, int[]? versions) => ids.Length == 1
        ? PgCommand.Of(
            insertOnly ? _sql.Value.InsertOne : versions is null ? _sql.Value.NextOne : _sql.Value.UpsertOne,
            PgCommand.Text(tenant),
            PgCommand.Time(now),
            PgCommand.Text(DotNetTypeName),
            PgCommand.Text(ids[0]),
            PgCommand.Json(data[0]),
            IsRevisioned ? PgCommand.Int(versions?[0] ?? 1) : PgCommand.Uuid(Guid.NewGuid()))
        : PgCommand.Of(
            insertOnly ? _sql.Value.Insert : versions is null ? _sql.Value.Next : _sql.Value.Upsert,
            PgCommand.Text(tenant),
            PgCommand.Time(now),
            PgCommand.Text(DotNetTypeName),
            PgCommand.Texts(ids),
            PgCommand.Jsons(data),
            IsRevisioned
                ? PgCommand.Array(versions ?? [.. ids.Select(_ => 1)], NpgsqlDbType.Integer)
                : PgCommand.Array([.. ids.Select(_ => Guid.NewGuid())], NpgsqlDbType.Uuid));

    /// <summary>Writes a document as this version where it has a lower one or is not there; else the save is refused, or nothing written.</summary>
    public NpgsqlBatchCommand Revise(bool isTry, string tenant, DateTimeOffset now, string id, byte[] data, int version) => PgCommand.Of(
        isTry ? _sql.Value.TryRevise : _sql.Value.Revise,
        PgCommand.Text(tenant), PgCommand.Text(id), PgCommand.Json(data), PgCommand.Time(now), PgCommand.Text(DotNetTypeName), PgCommand.Int(version));

    public NpgsqlBatchCommand LoadRevisioned(string tenant, string id) =>
        PgCommand.Of(_sql.Value.LoadRevisioned, PgCommand.Text(tenant), PgCommand.Text(id));

    /// <summary>Replaces a document that has this version; else the save is refused.</summary>
    public NpgsqlBatchCommand Update(string tenant, DateTimeOffset now, string id, byte[] data, int version) => PgCommand.Of(
        _sql.Value.UpdateRevisioned,
        PgCommand.Text(tenant), PgCommand.Text(id), PgCommand.Json(data), PgCommand.Time(now), PgCommand.Int(version));

    /// <summary>
    /// Replaces documents that have these versions; else the save is refused. An upsert, since its plan never depends on how full the table was.
    /// </summary>
    public NpgsqlBatchCommand Update(string tenant, DateTimeOffset now, string[] ids, byte[][] data, int[] versions) => ids.Length == 1
        ? Update(tenant, now, ids[0], data[0], versions[0])
        : PgCommand.Of(
            _sql.Value.UpdateMany,
            PgCommand.Text(tenant), PgCommand.Time(now), PgCommand.Text(DotNetTypeName), PgCommand.Texts(ids), PgCommand.Jsons(data),
            PgCommand.Array(versions, NpgsqlDbType.Integer), PgCommand.Long(versions.Sum(v => v + 1L)));

    /// <summary>Deletes a document that has this version; else the save is refused.</summary>
    public NpgsqlBatchCommand Delete(string tenant, string id, int version) => PgCommand.Of(
        _sql.Value.DeleteRevisioned,
        PgCommand.Text(tenant), PgCommand.Text(id), PgCommand.Int(version));

    // A write of no row must undo the whole save in the same round trip, and return no rows itself.
    private string Guarded(string write) =>
        $"""
        with written as ({write} returning 1)
        insert into {_options.DatabaseSchemaName}.mt_guard
        select {_options.DatabaseSchemaName}.mt_refuse_document('{Alias}', $2) where not exists (select from written)
        """;

    public void AddIndex(IReadOnlyList<PropertyInfo> properties)
    {
        var name = $"{Name}_idx_{string.Join('_', properties.Select(p => EventMapping.SnakeCase(p.Name)))}";
        _indexes.Add((name, string.Join(", ", properties.Select(p => $"({Locator(p)})"))));
    }

    public string CreateSql() =>
        $"""
        create table if not exists {Table} (
            tenant_id         varchar not null default '*DEFAULT*',
            id                varchar not null,
            data              jsonb not null,
            mt_last_modified  timestamptz default transaction_timestamp(),
            mt_version        {(IsRevisioned ? "integer not null default 0" : "uuid not null default gen_random_uuid()")},
            mt_dotnet_type    varchar,
            constraint pkey_{Name}_tenant_id_id primary key (tenant_id, id)
        );

        """ + (IsRevisioned ? CountVersions : "")
        + string.Concat(_indexes.Select(i => $"create index if not exists {i.Name} on {Table} (tenant_id, {i.Columns});\n"));

    /// <summary>A table from the time when its versions were uuids.</summary>
    private string CountVersions =>
        $"""
        do $$ begin
            if exists (select from pg_attribute where attrelid = '{Table}'::regclass and attname = 'mt_version' and atttypid = 'uuid'::regtype) then
                alter table {Table} alter column mt_version drop default, alter column mt_version type integer using 1, alter column mt_version set default 0;
            end if;
        end $$;

        """;

    private Statements Build()
    {
        var version = IsRevisioned ? "integer" : "uuid";
        var columns = $"insert into {Table} (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type)";
        var insert = $"{columns} select $1, d.id, d.data, $2, d.version, $3 from unnest($4::varchar[], $5::jsonb[], $6::{version}[]) as d(id, data, version)";
        var insertOne = $"{columns} values ($1, $4, $5, $2, $6, $3)";   // the same for one document, at half the cost
        string Replace(string version) =>
            $"""
             on conflict on constraint pkey_{Name}_tenant_id_id do update set data = excluded.data, mt_last_modified = excluded.mt_last_modified,
                mt_version = {version}, mt_dotnet_type = excluded.mt_dotnet_type
            """;
        var replace = Replace("excluded.mt_version");
        var next = IsRevisioned ? Replace($"{Name}.mt_version + 1") : replace;
        var revise = $"{columns} values ($1, $2, $3, $4, $6, $5){replace} where {Name}.mt_version < excluded.mt_version";
        var columnsRead = TellsRevision ? "d.data, d.mt_version" : "d.data";
        var state =
            $"""
            select s.version, d.data, d.mt_version from {_options.DatabaseSchemaName}.mt_streams s
            left join {Table} d on d.tenant_id = s.tenant_id and d.id = s.id
            where s.tenant_id = $1 and s.id = $2
            """;
        // Each id by itself: by `any`, a plan that is made while there are few rows reads all of the tenant's for good.
        var lookUp =
            $"""
            select d.data, d.mt_version, d.id from unnest($2::varchar[]) as wanted(id)
            cross join lateral (select d.data, d.mt_version, d.id from {Table} d where d.tenant_id = $1 and d.id = wanted.id limit 1) d
            """;
        // An update gives the version after it, a row that was deleted meanwhile is inserted with the one before, one that was changed gives none:
        // only the sum of all updates is as high as expected.
        var updateMany =
            $"""
            with written as ({insert} on conflict on constraint pkey_{Name}_tenant_id_id do update set data = excluded.data,
                mt_last_modified = excluded.mt_last_modified, mt_version = excluded.mt_version + 1
                where {Table}.mt_version = excluded.mt_version returning mt_version)
            insert into {_options.DatabaseSchemaName}.mt_guard select {_options.DatabaseSchemaName}.mt_refuse_document('{Alias}', 'of ' || cardinality($4))
            where (select coalesce(sum(mt_version), 0) from written) <> $7
            """;
        return new Statements(
            Load: $"select {columnsRead} from {Table} d where tenant_id = $1 and id = $2",
            LoadMany: lookUp,
            Query: $"select {columnsRead} from (select * from {Table} where tenant_id = ?) d",
            Upsert: insert + replace,
            UpsertOne: insertOne + replace,
            UpdateMany: updateMany,
            Next: insert + next,
            NextOne: insertOne + next,
            Revise: Guarded(revise),
            TryRevise: revise,
            Insert: insert,
            InsertOne: insertOne,
            Delete: $"delete from {Table} where tenant_id = $1 and id = any($2)",
            DeleteOne: $"delete from {Table} where tenant_id = $1 and id = $2",
            LoadRevisioned: $"select data, mt_version from {Table} where tenant_id = $1 and id = $2",
            UpdateRevisioned: Guarded(
                $"update {Table} set data = $3, mt_last_modified = $4, mt_version = mt_version + 1 where tenant_id = $1 and id = $2 and mt_version = $5"),
            DeleteRevisioned: Guarded($"delete from {Table} where tenant_id = $1 and id = $2 and mt_version = $3"),
            StateAndSnapshot: state,
            LockedStateAndSnapshot: $"{state} for no key update of s");
    }

    private static string Locator(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var text = $"data ->> '{property.Name}'";
        return Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => text,
            TypeCode.Int32 or TypeCode.Int16 => $"cast({text} as integer)",
            TypeCode.Int64 => $"cast({text} as bigint)",
            TypeCode.Decimal or TypeCode.Double => $"cast({text} as numeric)",
            TypeCode.Boolean => $"cast({text} as boolean)",
            _ => text,
        };
    }

    private static Func<object, string> IdOf(Type type)
    {
        var property = type.GetProperty("Id") ?? throw new InvalidProjectionException($"{type.FullName} needs a property 'Id' to be kept as a document.");
        var document = Expression.Parameter(typeof(object));
        Expression value = Expression.Property(Expression.Convert(document, type), property);
        if (value.Type != typeof(string))
        {
            // A typed id says by its conversion how it is stored; a record's ToString would print its fields.
            var conversion = value.Type.GetMethods(BindingFlags.Public | BindingFlags.Static).FirstOrDefault(m =>
                m is { Name: "op_Implicit" or "op_Explicit" } && m.ReturnType == typeof(string) && m.GetParameters()[0].ParameterType == value.Type);
            value = conversion is null ? Expression.Call(value, value.Type.GetMethod(nameof(ToString), [])!) : Expression.Call(conversion, value);
        }

        return Expression.Lambda<Func<object, string>>(value, document).Compile();
    }

    private sealed record Statements(
        string Load, string LoadMany, string Query, string Upsert, string UpsertOne, string UpdateMany, string Next, string NextOne, string Revise,
        string TryRevise, string Insert, string InsertOne, string Delete, string DeleteOne, string LoadRevisioned, string UpdateRevisioned, string DeleteRevisioned,
        string StateAndSnapshot, string LockedStateAndSnapshot);
}
