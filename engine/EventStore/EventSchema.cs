namespace Engagement.EventStore;

/// <summary>The DDL of a store: Marten's tables, written so that it can run again and beside older code.</summary>
internal static class EventSchema
{
    /// <summary>Every table, index, function and later column the store needs, as <see cref="Schema.EnsureAsync"/> takes them.</summary>
    public static IEnumerable<string> Parts(StoreOptions options) =>
    [
        "mt_streams", "mt_events", "pk_mt_events_stream_and_version", "mt_events_sequence", "mt_event_progression", "mt_guard", "mt_refuse_archived()",
        .. options.Events.MetadataConfig.Columns.Select(c => $"mt_events.{c.Name}"),
        .. options.Documents.SelectMany(d => d.Parts),
    ];

    public static string Script(StoreOptions options) =>
        Embedded.Read<StoreOptions>("EventStore.sql").Replace("{schema}", options.DatabaseSchemaName, StringComparison.Ordinal) + "\n" +
        string.Concat(options.Events.MetadataConfig.Columns.Select(c => AddColumn(options.DatabaseSchemaName, "mt_events", c.Name, c.Type))) +
        string.Concat(options.Documents.OrderBy(d => d.Name, StringComparer.Ordinal).Select(d => d.CreateSql()));

    /// <summary>An alter table would lock the table even where it has the column.</summary>
    private static string AddColumn(string schema, string table, string column, string type) =>
        $"""
        do $$ begin
            if not exists (select from pg_attribute where attrelid = '{schema}.{table}'::regclass and attname = '{column}' and not attisdropped) then
                alter table {schema}.{table} add column {column} {type};
            end if;
        end $$;

        """;
}

internal static class Embedded
{
    /// <summary>A text resource of the assembly that has <typeparamref name="T"/>.</summary>
    public static string Read<T>(string name)
    {
        using var stream = typeof(T).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is missing from the build.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
