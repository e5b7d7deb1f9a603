using Npgsql;

namespace Engagement.EventStore;

/// <inheritdoc cref="IProjectionDaemon"/>
internal sealed class ProjectionDaemon(DocumentStore store) : IProjectionDaemon
{
    private const int StreamsAtOnce = 50;

    private readonly string _schema = store.Options.DatabaseSchemaName;

    public async Task RebuildProjectionAsync<T>(CancellationToken token) where T : class
    {
        var mapping = store.Options.Document(typeof(T));
        if (!store.Options.Projections.Snapshots.Contains(typeof(T))) throw new InvalidProjectionException($"No snapshot is kept of {typeof(T).FullName}.");

        var progress = $"rebuild:{mapping.Name}:";
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        var (tenant, key) = await Resume(connection, progress, token);
        while (await Streams(connection, tenant, key, token) is { Count: > 0 } streams)
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            foreach (var stream in streams) await Rebuild<T>(connection, mapping, stream.Tenant, stream.Key, token);
            (tenant, key) = streams[^1];
            await Remember(connection, progress, tenant, key, token);
            await transaction.CommitAsync(token);
        }

        // What no stream stands behind any more goes last: until here nobody missed it.
        var itsStream = $"select from {_schema}.mt_streams s where s.tenant_id = d.tenant_id and s.id = d.id";
        await Execute(connection, $"delete from {mapping.Table} d where not exists ({itsStream})", token);
        await Execute(connection, $"delete from {_schema}.mt_event_progression where starts_with(name, $1)", token, progress);
    }

    public void Dispose()
    {
    }

    private async Task Rebuild<T>(NpgsqlConnection connection, DocumentMapping mapping, string tenant, string key, CancellationToken token) where T : class
    {
        var channel = new SharedChannel(store.DataSource, connection);
        // The lock keeps appends out between the reading of the events and the writing of the snapshot.
        var (version, isArchived) = await channel.ReadAsync(
            PgCommand.Of(
                $"select version, is_archived from {_schema}.mt_streams where tenant_id = $1 and id = $2 for update",
                PgCommand.Text(tenant), PgCommand.Text(key)),
            async (reader, ct) => await reader.ReadAsync(ct) ? (reader.GetInt64(0), reader.GetBoolean(1)) : (0, false), token);
        if (isArchived) return;   // what was its snapshot stays

        var fold = AggregateFold.For<T>();
        var aggregate = await channel.ReadAsync(store.Sql.Fetch(tenant, key, 0, long.MaxValue, null), async (reader, ct) =>
        {
            using var rows = store.Rows(reader);
            T? folded = null;
            while (await reader.ReadAsync(ct)) folded = fold.Apply(folded, rows, tenant, key);
            return folded;
        }, token);
        if (aggregate is null) channel.Enqueue(mapping.Delete(tenant, [key]));
        else channel.Enqueue(mapping.Save(false, tenant, store.Clock.GetUtcNow(), [key], [mapping.Write(aggregate)], [checked((int)version)]));
        await channel.FlushAsync(token);
    }

    /// <summary>Of whatever type: several aggregates can be pictures of one stream.</summary>
    private async Task<List<(string Tenant, string Key)>> Streams(NpgsqlConnection connection, string tenant, string key, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(
            $"select tenant_id, id from {_schema}.mt_streams where (tenant_id, id) > ($1, $2) order by tenant_id, id limit {StreamsAtOnce}", connection)
        {
            Parameters = { new() { Value = tenant }, new() { Value = key } },
        };
        var streams = new List<(string, string)>();
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token)) streams.Add((reader.GetString(0), reader.GetString(1)));
        return streams;
    }

    private async Task<(string Tenant, string Key)> Resume(NpgsqlConnection connection, string progress, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"select name from {_schema}.mt_event_progression where starts_with(name, $1)", connection)
        {
            Parameters = { new() { Value = progress } },
        };
        var name = (string?)await command.ExecuteScalarAsync(token);
        return name?[progress.Length..].Split('\n') is [var tenant, var key] ? (tenant, key) : ("", "");
    }

    private async Task Remember(NpgsqlConnection connection, string progress, string tenant, string key, CancellationToken token)
    {
        await Execute(connection, $"delete from {_schema}.mt_event_progression where starts_with(name, $1)", token, progress);
        await Execute(connection, $"insert into {_schema}.mt_event_progression (name, last_seq_id) values ($1, 0)", token, $"{progress}{tenant}\n{key}");
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken token, params string[] arguments)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var argument in arguments) command.Parameters.Add(new() { Value = argument });
        await command.ExecuteNonQueryAsync(token);
    }
}
