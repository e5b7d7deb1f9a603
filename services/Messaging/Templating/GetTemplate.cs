using Engagement.Messaging.Composing;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <summary>A template with the words of one version; <paramref name="Version"/> 0 are the built-in ones.</summary>
/// <param name="Variables">What it can say.</param>
public sealed record TemplateText(TemplateSummary Template, int Version, string Source, IReadOnlyList<string> Variables, IReadOnlyList<string> Partials);

/// <summary>A partial with the words of one version; <paramref name="Version"/> 0 are the built-in ones.</summary>
public sealed record PartialText(PartialSummary Partial, int Version, string Source, IReadOnlyList<string> Variables);

/// <summary>The version that is asked for, else the one in use, else the built-in one.</summary>
public static class GetTemplate
{
    public static async Task<IResult> Handle(TemplateId id, int? version, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var own = await session.Events.FetchLatest<ShopTemplate>(id.StreamKey, ct);
        var wanted = version ?? own?.Active ?? Templates.BuiltInVersion;
        if (await session.SourceOfAsync(id, wanted, ct) is not { } source) return TemplateStore.NoSuchVersion();
        var variables = MailReader.VariablesOf(id.Kind, id.Language).Keys.Order();
        return TypedResults.Ok(new TemplateText(TemplateSummary.Of(id, own), wanted, source, [.. variables], [.. Partials.Of(id.Language).Keys.Order()]));
    }
}

/// <summary>As <see cref="GetTemplate"/>; a partial can say what every message can.</summary>
public static class GetPartial
{
    private static readonly string[] Variables = ["name", "shop"];

    public static async Task<IResult> Handle(PartialId id, int? version, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var own = await session.Events.FetchLatest<ShopTemplate>(id.StreamKey, ct);
        var wanted = version ?? own?.Active ?? Templates.BuiltInVersion;
        return await session.SourceOfAsync(id, wanted, ct) is { } source
            ? TypedResults.Ok(new PartialText(PartialSummary.Of(id, own), wanted, source, Variables))
            : TemplateStore.NoSuchVersion();
    }
}
