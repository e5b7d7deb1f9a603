using System.Text.Json;
using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>How JSON looks on our HTTP APIs.</summary>
public static class HttpJson
{
    /// <summary>
    /// camelCase names, enums by the names they have in C# (read in any case), but kinds of messages as in paths and keys (<c>thank-you</c>); numbers also
    /// from strings. Read-only and thread-safe.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = Create();

    internal static void Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter<MessageKind>(JsonNamingPolicy.KebabCaseLower));
        options.Converters.Add(new JsonStringEnumConverter());
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
