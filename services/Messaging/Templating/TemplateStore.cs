using Engagement.Messaging.Composing;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Messaging.Templating;

/// <summary>What the requests about templates share.</summary>
internal static class TemplateStore
{
    /// <summary>The version in use; the built-in one where the shop has none of its own.</summary>
    public static async Task<int> VersionInUseAsync(this IQuerySession session, TemplateId id, CancellationToken ct) =>
        (await session.Events.FetchLatest<ShopTemplate>(id.StreamKey, ct))?.Active ?? Templates.BuiltInVersion;

    /// <summary>The words of one version; null where there is no such version.</summary>
    public static async Task<string?> SourceOfAsync(this IQuerySession session, TemplateId id, int version, CancellationToken ct)
    {
        if (version == Templates.BuiltInVersion) return Templates.SourceOf(id.Kind, id.Language);
        var events = await session.Events.FetchStreamAsync(id.StreamKey, token: ct);
        return events.Select(e => e.Data).OfType<TemplateSaved>().FirstOrDefault(saved => saved.Version == version)?.Source;
    }

    /// <summary>Decides on the template as it is now and saves what follows.</summary>
    /// <returns>The template thereafter.</returns>
    /// <exception cref="Rejected">Somebody else was at it at the same moment.</exception>
    public static async Task<ShopTemplate?> ChangeAsync(
        this IDocumentStore store, string tenant, TemplateId id, Func<ShopTemplate?, IEnumerable<object>> decide, CancellationToken ct)
    {
        await using var session = store.LightweightSession(tenant);
        var stream = await session.Events.FetchForWriting<ShopTemplate>(id.StreamKey, ct);
        object[] events = [.. decide(stream.Aggregate)];
        if (events.Length == 0) return stream.Aggregate;
        stream.AppendMany(events);
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException)
        {
            throw new Rejected("changed-meanwhile", "Somebody else changed this template at the same moment: look again, then repeat.");
        }

        return await session.Events.FetchLatest<ShopTemplate>(id.StreamKey, ct);
    }

    /// <summary>400 with <c>findings: [{line, column, rule, reason}]</c>.</summary>
    public static ProblemHttpResult Refused(IReadOnlyList<Finding> findings) => TypedResults.Problem(new ProblemDetails
    {
        Status = StatusCodes.Status400BadRequest,
        Title = "The template was refused.",
        Detail = "Put right what findings lists, and send it again. Nothing was stored.",
        Extensions = { ["findings"] = findings },
    });

    public static ProblemHttpResult NoSuchVersion() => NotFound("This template has no such version.");

    public static ProblemHttpResult NotFound(string what) => TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: what);
}
