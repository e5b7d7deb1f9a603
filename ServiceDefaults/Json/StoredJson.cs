using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engagement.ServiceDefaults;

/// <summary>How JSON is stored: in events, documents, queues, deliveries and sealed data.</summary>
public static class StoredJson
{
    /// <summary>
    /// PascalCase names, enums by name, nulls written; <c>$type</c> is found wherever jsonb's ordering has put it.
    /// Nothing beyond what JSON demands is escaped: this is for storage and must never be pasted into HTML.
    /// Read-only and thread-safe.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Brings a stack's own serializer to the same shape.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = null;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        options.AllowOutOfOrderMetadataProperties = true;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        if (!options.Converters.Any(converter => converter is JsonStringEnumConverter)) options.Converters.Add(new JsonStringEnumConverter());
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
