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
    public static async Task<string?> SourceOfAsync(this IQuerySession session, IWords id, int version, CancellationToken ct)
    {
        if (version == Templates.BuiltInVersion) return id.BuiltIn;
        var events = await session.Events.FetchStreamAsync(id.StreamKey, token: ct);
        return events.Select(e => e.Data).OfType<TemplateSaved>().FirstOrDefault(saved => saved.Version == version)?.Source;
    }

    /// <summary>What is in use: the version of the words, and those of the shop's own partials. One round trip.</summary>
    public static async Task<WordsInUse> InUseAsync(this IQuerySession session, TemplateId id, CancellationToken ct)
    {
        var batch = session.CreateBatchQuery();
        var inUse = batch.InUseAsync(id);
        await batch.Execute(ct);
        return await inUse;
    }

    /// <summary>The same, with what else the batch asks for.</summary>
    public static async Task<WordsInUse> InUseAsync(this IBatchedQuery batch, TemplateId id)
    {
        var own = batch.Load<ShopTemplate>(id.StreamKey);
        var partials = PartialId.In(id.Language).Select(partial => (Id: partial, Own: batch.Load<ShopTemplate>(partial.StreamKey))).ToArray();
        var version = (await own)?.Active ?? Templates.BuiltInVersion;
        var inUse = new List<(PartialId, int)>();
        foreach (var partial in partials)
        {
            if (await partial.Own is { Active: { } active }) inUse.Add((partial.Id, active));
        }

        return new(id, version, inUse);
    }

    /// <summary>The words with the shop's own partials in them.</summary>
    public static async Task<string> InlineAsync(this IQuerySession session, string source, WordsInUse inUse, CancellationToken ct) =>
        PartialLinter.Inline(source, await session.PartialsAsync(inUse, ct));

    /// <summary>The words of the shop's own partials.</summary>
    public static async Task<IReadOnlyList<OwnPartial>> PartialsAsync(this IQuerySession session, WordsInUse inUse, CancellationToken ct)
    {
        List<OwnPartial> partials = [];
        foreach (var (id, version) in inUse.Partials) partials.Add(new(id, await session.SourceOfAsync(id, version, ct) ?? id.BuiltIn));
        return partials;
    }

    /// <summary>Decides on the template as it is now and saves what follows.</summary>
    /// <returns>The template thereafter.</returns>
    /// <exception cref="Rejected">Somebody else was at it at the same moment.</exception>
    public static async Task<ShopTemplate?> ChangeAsync(
        this IDocumentStore store, string tenant, IWords id, Func<ShopTemplate?, IEnumerable<object>> decide, CancellationToken ct)
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

/// <param name="Id">Whose words.</param>
/// <param name="Version">0 are the built-in words.</param>
/// <param name="Partials">The shop's own, each with its version.</param>
internal sealed record WordsInUse(TemplateId Id, int Version, IReadOnlyList<(PartialId Partial, int Version)> Partials)
{
    /// <summary>What the words of a version come to, in one word: others are others.</summary>
    public string Key => $"{Version} {string.Join(' ', Partials.Select(partial => $"{partial.Partial.Partial} {partial.Version}"))}";
}
