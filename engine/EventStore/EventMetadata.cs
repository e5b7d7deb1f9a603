using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.EventStore;

/// <summary>
/// Which optional metadata is stored with each event: a column of <c>mt_events</c> each. All off by default; what is switched on later is
/// null for the events before. Set at start-up.
/// </summary>
public sealed class MetadataConfig
{
    internal MetadataConfig()
    {
    }

    /// <summary>Stores <see cref="IEvent.CorrelationId"/> as <c>correlation_id</c>; default false.</summary>
    public bool CorrelationIdEnabled { get; set; }

    /// <summary>Stores <see cref="IEvent.CausationId"/> as <c>causation_id</c>; default false.</summary>
    public bool CausationIdEnabled { get; set; }

    /// <summary>Stores <see cref="IEvent.Headers"/> as <c>headers</c>, JSON; default false.</summary>
    public bool HeadersEnabled { get; set; }

    /// <summary>Stores <see cref="IEvent.UserName"/> as <c>user_name</c>; default false.</summary>
    public bool UserNameEnabled { get; set; }

    /// <summary>Stores correlation, causation and headers. As in Marten, names of users are asked for by themselves.</summary>
    public void EnableAll() => CorrelationIdEnabled = CausationIdEnabled = HeadersEnabled = true;

    /// <summary>Those that are on.</summary>
    internal MetadataColumn[] Columns
    {
        get
        {
            var columns = new List<MetadataColumn>();
            if (CorrelationIdEnabled) columns.Add(new MetadataText("correlation_id", e => e.CorrelationId, (e, value) => e.CorrelationId = value));
            if (CausationIdEnabled) columns.Add(new MetadataText("causation_id", e => e.CausationId, (e, value) => e.CausationId = value));
            if (HeadersEnabled) columns.Add(new MetadataHeaders());
            if (UserNameEnabled) columns.Add(new MetadataText("user_name", e => e.UserName, (e, value) => e.UserName = value));
            return [.. columns];
        }
    }
}

/// <summary>One optional column of an event: how it is made, written and read.</summary>
internal abstract record MetadataColumn(string Name, string Type)
{
    public abstract NpgsqlParameter One(IEvent e);

    public abstract NpgsqlParameter Many(IReadOnlyList<IEvent> events);

    /// <summary>Sets what is stored; it is not null.</summary>
    public abstract void Read(IEvent e, NpgsqlDataReader reader, int column);
}

internal sealed record MetadataText(string Name, Func<IEvent, string?> Get, Action<IEvent, string> Set) : MetadataColumn(Name, "varchar")
{
    public override NpgsqlParameter One(IEvent e) => PgCommand.Text(Get(e));

    public override NpgsqlParameter Many(IReadOnlyList<IEvent> events) => PgCommand.Texts([.. events.Select(Get)]);

    public override void Read(IEvent e, NpgsqlDataReader reader, int column) => Set(e, reader.GetString(column));
}

internal sealed record MetadataHeaders() : MetadataColumn("headers", "jsonb")
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new PlainValues() } };

    public override NpgsqlParameter One(IEvent e) => PgCommand.Json(Write(e));

    public override NpgsqlParameter Many(IReadOnlyList<IEvent> events) => PgCommand.Jsons([.. events.Select(Write)]);

    public override void Read(IEvent e, NpgsqlDataReader reader, int column) =>
        e.Headers = JsonSerializer.Deserialize<Dictionary<string, object>>(reader.GetFieldValue<byte[]>(column), Json);

    private static byte[]? Write(IEvent e) => e.Headers is { Count: > 0 } headers ? JsonSerializer.SerializeToUtf8Bytes(headers, Json) : null;

    /// <summary>Reads strings, numbers and truth values as what they were, not as JSON.</summary>
    private sealed class PlainValues : JsonConverter<object>
    {
        public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.Number => reader.TryGetInt64(out var whole) ? whole : reader.GetDouble(),
            _ => JsonElement.ParseValue(ref reader),
        };

        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value, value.GetType(), options);
    }
}
