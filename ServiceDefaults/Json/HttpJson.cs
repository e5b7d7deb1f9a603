using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>A property of a document that is there for an index, and is nobody's concern outside.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StoredOnlyAttribute : Attribute;

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
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(LeaveOutStoredOnly);
    }

    private static void LeaveOutStoredOnly(JsonTypeInfo type)
    {
        for (var i = type.Properties.Count - 1; i >= 0; i--)
            if (type.Properties[i].AttributeProvider?.IsDefined(typeof(StoredOnlyAttribute), inherit: true) == true) type.Properties.RemoveAt(i);
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
