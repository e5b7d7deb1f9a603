using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.ServiceDefaults;

/// <summary>The routes of a service's settings.</summary>
public static class SettingsRoutes
{
    private const int MostBytes = 64 * 1024;

    private static readonly JsonSerializerOptions Strict = new(HttpJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    private static readonly Counter<long> Changes =
        new Meter("Engagement.Settings").CreateCounter<long>("engagement.settings.changes", "{change}", "Changes of shops' settings, by service and outcome.");

    /// <summary>
    /// <c>GET /v1/settings/{service}</c>: the settings that hold, defaults filled in, with their version as ETag. <c>PUT</c>: replaces them; what is left
    /// out or null takes its default. 400 lists what is wrong, an unknown field included; 412 where <c>If-Match</c> names an older version.
    /// </summary>
    /// <param name="withDefaults">Fills in what the shop didn't say, and shows no secret.</param>
    /// <param name="keep">Makes of what is given, after what is known, what is kept, just before that; throws <see cref="Invalid"/>.</param>
    public static void MapSettings<T>(
        this IEndpointRouteBuilder app, string service, Func<HttpContext, T, T> withDefaults, Func<HttpContext, T, T, Task<T>>? keep = null)
        where T : class, ISettings, new()
    {
        app.MapGet($"/v1/settings/{service}", async (HttpContext context, IDocumentStore store, CancellationToken ct) =>
        {
            await using var session = store.QuerySession(context.Tenant());
            var settings = await session.Events.FetchLatest<ShopSettings>(T.StreamKey, ct);
            return Answer(context, settings?.Read<T>() ?? new T(), settings?.Version ?? 0);
        });
        app.MapPut($"/v1/settings/{service}", async (HttpContext context, IDocumentStore store, TimeProvider clock, CancellationToken ct) =>
        {
            var given = await ReadAsync<T>(context.Request, ct);
            if (given.Check().ToArray() is { Length: > 0 } errors)
            {
                Count(context, service, "refused");
                throw new Invalid(errors);
            }

            await using var session = store.LightweightSession(context.Tenant());
            var stream = await session.Events.FetchForWriting<ShopSettings>(T.StreamKey, ct);
            var version = stream.Aggregate?.Version ?? 0;
            if (!context.Request.IsFor(version)) return Changed(context, service);
            if (keep is not null) given = await keep(context, given, stream.Aggregate?.Read<T>() ?? new T());
            var values = JsonSerializer.SerializeToElement(given, StoredJson.Options);
            if (stream.Aggregate is { } old && JsonElement.DeepEquals(old.Values, values)) return Answer(context, given, version);   // said again
            stream.AppendOne(new SettingsChanged(values, clock.GetUtcNow()));
            try
            {
                await session.SaveChangesAsync(ct);
            }
            catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException)
            {
                return Changed(context, service);
            }

            Count(context, service, "changed");
            return Answer(context, given, version + 1);
        });

        IResult Answer(HttpContext context, T given, long version)
        {
            context.Response.Headers.ETag = Versions.Tag(version);
            return TypedResults.Json(withDefaults(context, given), HttpJson.Options);
        }
    }

    private static ProblemHttpResult Changed(HttpContext context, string service)
    {
        Count(context, service, "conflict");
        return TypedResults.Problem(
            statusCode: StatusCodes.Status412PreconditionFailed, title: "Somebody else has changed the settings.",
            detail: "Read them again, and change them then.");
    }

    private static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken ct)
    {
        if (!request.HasJsonContentType()) throw new Unanswerable(StatusCodes.Status415UnsupportedMediaType, "Settings are JSON.");
        if (request.ContentLength is > MostBytes) throw new Unanswerable(StatusCodes.Status413PayloadTooLarge, "Settings are not as large as this.");
        return await request.ReadFromJsonAsync<T>(Strict, ct) ?? throw new Invalid(new FieldError("", "required", "The settings are an object."));
    }

    private static void Count(HttpContext context, string service, string outcome) =>
        Changes.Add(1, new("engagement.tenant", context.Tenant()), new("service", service), new KeyValuePair<string, object?>("outcome", outcome));
}
