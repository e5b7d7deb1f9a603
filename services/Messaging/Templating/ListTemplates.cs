using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Templating;

/// <summary>A template as a shop manages it. <paramref name="Active"/> is null where the built-in words are in use.</summary>
public sealed record TemplateSummary(string Kind, string Language, MessageNature Nature, int? Active, IReadOnlyList<VersionSummary> Versions)
{
    internal static TemplateSummary Of(TemplateId id, ShopTemplate? own) => new(
        id.Kind.Name(), id.Language, MessageKinds.NatureOf(id.Kind), own?.Active,
        VersionSummary.Of(own));
}

public sealed record VersionSummary(int Version, DateTimeOffset SavedAt)
{
    internal static IReadOnlyList<VersionSummary> Of(ShopTemplate? own) =>
        [.. (own?.Versions ?? []).Select(version => new VersionSummary(version.Version, version.SavedAt))];
}

/// <summary>Every message of the product in every language, with the shop's own versions.</summary>
public static class ListTemplates
{
    public static async Task<Ok<IReadOnlyList<TemplateSummary>>> Handle(HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var own = (await session.LoadManyAsync<ShopTemplate>(ct, [.. TemplateId.All.Select(id => id.StreamKey)])).ToDictionary(template => template.Id);
        return TypedResults.Ok<IReadOnlyList<TemplateSummary>>([.. TemplateId.All.Select(id => TemplateSummary.Of(id, own.GetValueOrDefault(id.StreamKey)))]);
    }
}

/// <summary>The partials that a shop can say in its own words.</summary>
public static class ListPartials
{
    public static async Task<Ok<IReadOnlyList<PartialSummary>>> Handle(HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var own = (await session.LoadManyAsync<ShopTemplate>(ct, [.. PartialId.All.Select(id => id.StreamKey)])).ToDictionary(partial => partial.Id);
        return TypedResults.Ok<IReadOnlyList<PartialSummary>>([.. PartialId.All.Select(id => PartialSummary.Of(id, own.GetValueOrDefault(id.StreamKey)))]);
    }
}
