using System.Text.Json.Nodes;

namespace Engagement.Gateway.Intake;

/// <summary>What can be published, for everybody to read: the catalogue and each type's JSON Schema (2020-12). It says nothing of any shop.</summary>
internal static class EventTypesEndpoint
{
    private static readonly string s_catalogue = new JsonArray([.. EventTypes.All.Select(type => new JsonObject
    {
        ["type"] = type.Name, ["owner"] = type.Owner, ["summary"] = type.Summary, ["schema"] = Url(type), ["example"] = type.Example.DeepClone(),
    })]).ToJsonString();

    private static readonly Dictionary<string, string> s_schemas = EventTypes.All.ToDictionary(type => type.Name, type => Schema(type).ToJsonString());

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/event-types", () => Results.Text(s_catalogue, "application/json")).WithSummary("What can be published");
        routes.MapGet("/schemas/{type}", (string type) => s_schemas.TryGetValue(type, out var schema)
            ? Results.Text(schema, "application/schema+json")
            : Results.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such type of event.", detail: "/v1/event-types lists them.")).WithSummary("The JSON Schema of one type");
    }

    internal static JsonObject Schema(EventType type)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["$id"] = Url(type), ["title"] = type.Name, ["description"] = type.Summary,
        };
        foreach (var (name, value) in CloudEventsReader.Describe(type)) schema[name] = value!.DeepClone();
        schema["examples"] = new JsonArray(type.Example.DeepClone());
        return schema;
    }

    private static string Url(EventType type) => $"/v1/schemas/{type.Name}";
}
