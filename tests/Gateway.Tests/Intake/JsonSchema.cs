using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>Validates by the keywords of JSON Schema (2020-12) that our schemas use, and by no other: a new one fails here until it is understood.</summary>
internal static class JsonSchema
{
    private static readonly string[] Annotations = ["$schema", "$id", "title", "description", "format", "examples"];

    public static bool Allows(JsonObject schema, JsonNode? value) =>
        schema.All(keyword => Annotations.Contains(keyword.Key) || Holds(schema, keyword.Key, keyword.Value!, value));

    private static bool Holds(JsonObject schema, string keyword, JsonNode rule, JsonNode? value) => (keyword, value) switch
    {
        ("type", _) => (rule is JsonArray several ? several.Select(type => $"{type}") : [$"{rule}"]).Any(type => IsOf(type, value)),
        ("const", _) => JsonNode.DeepEquals(rule, value),
        ("enum", _) => rule.AsArray().Any(allowed => JsonNode.DeepEquals(allowed, value)),
        ("pattern", JsonValue text) when IsOf("string", text) => Regex.IsMatch(text.GetValue<string>(), rule.GetValue<string>(), RegexOptions.ECMAScript),
        ("maxLength", JsonValue text) when IsOf("string", text) => text.GetValue<string>().EnumerateRunes().Count() <= rule.GetValue<int>(),
        ("minimum", JsonValue number) when IsOf("number", number) => Number(number) >= Number(rule),
        ("maximum", JsonValue number) when IsOf("number", number) => Number(number) <= Number(rule),
        ("minItems", JsonArray list) => list.Count >= rule.GetValue<int>(),
        ("maxItems", JsonArray list) => list.Count <= rule.GetValue<int>(),
        ("items", JsonArray list) => list.All(item => Allows(rule.AsObject(), item)),
        ("properties", JsonObject whole) => rule.AsObject().All(property => !whole.ContainsKey(property.Key)
            || Allows(property.Value!.AsObject(), whole[property.Key])),
        ("required", JsonObject whole) => rule.AsArray().All(name => whole.ContainsKey($"{name}")),
        ("allOf", _) => rule.AsArray().All(part => Allows(part!.AsObject(), value)),
        ("anyOf", _) => rule.AsArray().Any(part => Allows(part!.AsObject(), value)),
        ("if", _) => !Allows(rule.AsObject(), value) || Allows(schema["then"]!.AsObject(), value),
        ("then", _) => true,
        ("pattern" or "maxLength" or "minimum" or "maximum" or "minItems" or "maxItems" or "items" or "properties" or "required", _) => true,   // of another type
        _ => throw new InvalidOperationException($"The keyword {keyword} is not understood."),
    };

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("null", null or System.Text.Json.JsonValueKind.Null) => true,
        ("object", System.Text.Json.JsonValueKind.Object) or ("array", System.Text.Json.JsonValueKind.Array) or ("string",
            System.Text.Json.JsonValueKind.String) => true,
        ("number", System.Text.Json.JsonValueKind.Number) => true,
        ("integer", System.Text.Json.JsonValueKind.Number) => Number(value!) % 1 == 0,
        ("boolean", System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False) => true,
        _ => false,
    };

    private static double Number(JsonNode number) => double.Parse(number.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
}
