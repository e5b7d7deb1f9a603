namespace Engagement.EventStore;

/// <summary>The DDL of a store: Marten's tables, written so that it can run again and beside older code.</summary>
internal static class EventSchema
{
    /// <summary>Every table and index the store needs, without its schema.</summary>
    public static IEnumerable<string> Relations(StoreOptions options) =>
        ["mt_streams", "mt_events", "pk_mt_events_stream_and_version", "mt_events_sequence", "mt_event_progression", "mt_guard", .. options.Documents.SelectMany(d => d.Relations)];

    public static string Script(StoreOptions options) =>
        Embedded.Read<StoreOptions>("EventStore.sql").Replace("{schema}", options.DatabaseSchemaName, StringComparison.Ordinal) + "\n" +
        string.Concat(options.Documents.OrderBy(d => d.Name, StringComparer.Ordinal).Select(d => d.CreateSql()));
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
