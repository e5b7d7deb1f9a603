using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Engagement.Gateway.Intake;

internal enum Kind
{
    Id,
    Exact,
    Line,
    Text,
    Amount,
    Currency,
    Quantity,
    Date,
    Time,
    Flag,
    Nothing,
}

/// <summary>What a field must be: what reads it and what describes it go by the same.</summary>
internal readonly record struct Shape(Kind Kind, int Longest = 0, LineRule? Rule = null);

/// <summary>What a line must be besides a line.</summary>
/// <param name="Pattern">As much of <paramref name="IsRight"/> as a regular expression can say, for the schema.</param>
internal sealed record LineRule(Func<string, bool> IsRight, string Code, string Message, string? Format = null, string Pattern = SchemaNotes.Line)
{
    /// <summary>One of these names.</summary>
    public static LineRule Of(params string[] names) =>
        new(names.Contains, "unknown_name", $"Must be {string.Join(" or ", names)}.", Pattern: $"({string.Join('|', names)})");
}

/// <summary>
/// The JSON Schema (2020-12) of an object, noted while its reader asks for the fields: so it says what is enforced. The schema is the stricter of the two only
/// where the reader is lenient on purpose, such as white space around a text.
/// </summary>
internal sealed partial class SchemaNotes(bool required)
{
    public const string Line = $"[^{Controls}]*";

    private const string Controls = @"\u0000-\u001f\u007f-\u009f";
    private const string Edge = $@"[^\s{Controls}]";
    private const string SomeLine = $"[^{Controls}]*{Edge}[^{Controls}]*";
    private const string Trimmed = $"{Edge}([^{Controls}]*{Edge})?";

    public const string AWord = "[A-Za-z0-9_-]{1,50}";

    private readonly Dictionary<string, Func<JsonObject>> _properties = [];
    private readonly JsonArray _required = [];
    private readonly JsonArray _rules = [];

    public JsonObject Schema()
    {
        var properties = new JsonObject(_properties.Select(property => KeyValuePair.Create(property.Key, (JsonNode?)property.Value())));
        var schema = new JsonObject { ["type"] = Type(required, "object"), ["properties"] = properties };
        if (_required.Count > 0) schema["required"] = _required.DeepClone();
        if (_rules.Count > 0) schema["allOf"] = _rules.DeepClone();
        return schema;
    }

    public void Note(string name, bool isRequired, Shape shape) => Put(name, isRequired, () => Describe(shape, isRequired));

    public void Constant(string name, string value) => Put(name, true, () => new JsonObject { ["const"] = value });

    public SchemaNotes Object(string name, bool isRequired)
    {
        var inner = new SchemaNotes(isRequired);
        Put(name, isRequired, inner.Schema);
        return inner;
    }

    public void List(string name, int most, SchemaNotes item, bool isRequired) =>
        Put(name, isRequired, () => new JsonObject { ["type"] = Type(isRequired, "array"), ["maxItems"] = most, ["items"] = item.Schema() });

    public void Words(string name, int most) => Put(name, false, () => new JsonObject
    {
        ["type"] = Type(false, "array"), ["maxItems"] = most, ["items"] = new JsonObject { ["type"] = "string", ["pattern"] = $"^{AWord}$" },
    });

    public void Names(string name, IReadOnlyList<string> known) => Put(name, false, () => new JsonObject
    {
        ["type"] = Type(false, "array"), ["minItems"] = 1, ["items"] = new JsonObject { ["enum"] = new JsonArray([.. known.Select(one => (JsonNode)one)]) },
    });

    /// <summary>At least one of these is there and not blank.</summary>
    public void OneOf(params string[] names) => _rules.Add(new JsonObject { ["anyOf"] = new JsonArray([.. names.Select(name => There(name))]) });

    /// <summary>Where the one is there, so is the other.</summary>
    public void Both(string name, string other) =>
        _rules.Add(new JsonObject { ["if"] = There(name, "array"), ["then"] = There(other, "array") });

    [GeneratedRegex($@"^{AWord}\z")]
    public static partial Regex Word();

    private static JsonObject There(string name, params string[] besides) => new()
    {
        ["required"] = new JsonArray(name),
        ["properties"] = new JsonObject { [name] = new JsonObject { ["type"] = Type(true, ["string", "number", .. besides]), ["pattern"] = @"\S" } },
    };

    private void Put(string name, bool isRequired, Func<JsonObject> schema)
    {
        _properties[name] = schema;
        if (isRequired) _required.Add(name);
    }

    private static JsonObject Describe(Shape shape, bool required) => shape.Kind switch
    {
        Kind.Id => Text(required, Trimmed, shape.Longest, "string", "integer").With("minimum", 0),
        Kind.Exact => Text(required, shape.Rule?.Pattern ?? Trimmed, shape.Longest).With("format", shape.Rule?.Format),
        Kind.Line => Text(required, shape.Rule?.Pattern ?? (required ? SomeLine : Line), shape.Longest).With("format", shape.Rule?.Format),
        Kind.Text => Text(required, @"([^\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\r\n)*", shape.Longest),
        Kind.Amount => Text(required, $@"([0-9]{{1,7}}(\.[0-9]{{1,{Fields.Decimals}}})?|{Highest}(\.0{{1,{Fields.Decimals}}})?)", 0, "number", "string")
            .With("minimum", 0).With("maximum", Fields.HighestAmount).With("description", $"At most {Fields.Decimals} decimals."),
        Kind.Currency => Text(required, "[A-Za-z]{3}", 0).With("description", "ISO 4217."),
        Kind.Quantity => new JsonObject { ["type"] = Type(required, "integer"), ["minimum"] = 1, ["maximum"] = Fields.HighestQuantity },
        Kind.Date => Text(required, "[0-9]{4}-[0-9]{2}-[0-9]{2}", 0).With("format", "date"),
        Kind.Time => Text(required, @"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})", 0).With("format",
            "date-time"),
        Kind.Flag => new JsonObject { ["enum"] = new JsonArray(true, false, "true", "false", null) },
        _ => new JsonObject { ["type"] = "null" },
    };

    /// <summary>Blank counts as absent, where it may be absent.</summary>
    private static JsonObject Text(bool required, string pattern, int longest, params string[] types) => new JsonObject
    {
        ["type"] = Type(required, types is [] ? ["string"] : types),
        ["pattern"] = required ? $"^{pattern}$" : $@"^(\s*|{pattern})$",
    }.With("maxLength", longest == 0 ? null : longest);

    private static JsonNode Type(bool required, params string[] types) =>
        required && types is [var only] ? only : new JsonArray([.. types, .. required ? [] : new[] { "null" }]);

    private static string Highest => Fields.HighestAmount.ToString(CultureInfo.InvariantCulture);
}

file static class Adding
{
    public static JsonObject With(this JsonObject schema, string name, JsonNode? value)
    {
        if (value is not null) schema[name] = value;
        return schema;
    }
}
