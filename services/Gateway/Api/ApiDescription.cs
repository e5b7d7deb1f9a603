using System.Text;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Shops;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.OpenApi;

namespace Engagement.Gateway.Api;

/// <summary>A body that is passed on, so that no handler's parameter tells of it.</summary>
/// <param name="Description">Its fields.</param>
internal sealed record Body(string ContentType, string? Description = null);

/// <summary><c>/openapi/v1.json</c>: the API by OpenAPI 3.1, with the requests of <c>Gateway.http</c> as its examples.</summary>
internal static class ApiDescription
{
    private const string Problem = "application/problem+json";
    private const string Scheme = "key";

    private static readonly IReadOnlyList<HttpFileRequest> Examples = ReadExamples();

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Engagement", Version = "v1",
                Description = "What shops publish and ask. Every answer that is no success is a problem (RFC 9457).",
            };
            document.Servers = [new OpenApiServer { Url = "/" }];
            (document.Components ??= new()).SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Scheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A shop's key; to manage shops, the installation's own.",
                },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(async (operation, context, ct) =>
        {
            var problem = await context.GetOrCreateSchemaAsync(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), null, ct);
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<Access>().LastOrDefault() is { } access)
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
                operation.Description = (access.Scope, access.ByInstallation) switch
                {
                    (null, _) => "For the installation's own key.",
                    ({ } scope, true) => $"For the installation's own key, and the shop's with the scope `{scope}`.",
                    ({ } scope, false) => $"For keys with the scope `{scope}`.",
                };
                Refuse("401", "The key is missing, unknown, expired or revoked.");
                Refuse("403", "The key may not do this: `code` and `scope` say why.");
                Refuse("429", "Too many requests: wait as long as `Retry-After` says.");
            }

            var path = $"/{context.Description.RelativePath}";
            if (path == "/v1/events") operation.RequestBody = Events();
            if (metadata.OfType<Body>().LastOrDefault() is { } passedOn) operation.RequestBody = Any(passedOn);
            if (operation.RequestBody is { Content: { } content })
            {
                Refuse("400", "What is wrong with the body, in `errors` or with its `pointer`.");
                foreach (var (type, body) in content) Exemplify(body, type, context.Description.HttpMethod!, path);
            }

            void Refuse(string status, string why) => (operation.Responses ??= []).TryAdd(status, new OpenApiResponse
            {
                Description = why, Content = new Dictionary<string, OpenApiMediaType> { [Problem] = new() { Schema = problem } },
            });
        });
    });

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi();
        if (app.Environment.IsDevelopment()) app.UseSwaggerUI(ui => ui.SwaggerEndpoint("/openapi/v1.json", "Engagement"));
    }

    private static OpenApiRequestBody Events()
    {
        var one = new OpenApiSchema
        {
            Type = JsonSchemaType.Object, Description = $"A CloudEvent 1.0; its type is one of {string.Join(", ", EventTypes.All.Select(type => type.Name))}.",
            Required = new HashSet<string> { "specversion", "id", "source", "type", "data" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["specversion"] = Text("Always 1.0."), ["id"] = Text("With the source it names the event: the same again is a repeat."),
                ["source"] = Text("Where it comes from."),
                ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. EventTypes.All.Select(type => (JsonNode)type.Name)] },
                ["time"] = Text("When it happened, by RFC 3339; now where it is left out."),
                ["backfill"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "History: it makes state, never messages." },
                ["data"] = new OpenApiSchema { Type = JsonSchemaType.Object },
            },
        };
        return new()
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [CloudEventsReader.Structured] = new() { Schema = one },
                [CloudEventsReader.Batch] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Array, Items = one } },
            },
        };
    }

    private static OpenApiRequestBody Any(Body body) => new()
    {
        Required = true,
        Description = body.Description,
        Content = new Dictionary<string, OpenApiMediaType> { [body.ContentType] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } } },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    /// <summary>The requests of the file that go to this operation with this type, but for those that show what is refused.</summary>
    private static void Exemplify(OpenApiMediaType body, string type, string method, string path)
    {
        var matcher = new TemplateMatcher(new RouteTemplate(RoutePatternFactory.Parse(path)), []);
        var found = Examples.Where(example =>
            example.Method == method && example.ContentType == type && example.Body is not null
                && !example.Title.StartsWith("Refused", StringComparison.Ordinal)
            && matcher.TryMatch(example.Path, [])
            && IsOfPartial(example.Path) == IsOfPartial(path));
        body.Examples = found.ToDictionary(
            example => example.Title, IOpenApiExample (example) => new OpenApiExample { Summary = example.Title, Value = JsonNode.Parse(example.Body!) });
    }

    /// <summary>No kind of message is called so, though the route would take it for one.</summary>
    private static bool IsOfPartial(string path) => path.Contains("/partials/", StringComparison.Ordinal);

    private static IReadOnlyList<HttpFileRequest> ReadExamples()
    {
        using var stream = typeof(ApiDescription).Assembly.GetManifestResourceStream("Gateway.http")
            ?? throw new InvalidOperationException("Gateway.http isn't embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return HttpFile.Parse(reader.ReadToEnd()).Requests;
    }
}
