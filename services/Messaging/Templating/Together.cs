namespace Engagement.Messaging.Templating;

/// <summary>A shop's own words for a partial.</summary>
internal sealed record OwnPartial(PartialId Id, string Source);

/// <summary>A shop's own words for a kind of message.</summary>
internal sealed record OwnTemplate(TemplateId Id, string Source);

/// <summary>
/// Holds a shop's own templates and its own partials to the rule of the house where they meet. Each is fine beside our words already, so what is found lies
/// in the pair.
/// </summary>
internal static class Together
{
    /// <summary>What is wrong with the words once they meet those that the shop has in use.</summary>
    public static async Task<IReadOnlyList<Finding>> LintTogetherAsync(this IQuerySession session, IWords words, string source, CancellationToken ct)
    {
        if (words is TemplateId template)
            return Lint(new OwnTemplate(template, source), await session.PartialsAsync(await session.InUseAsync(template, ct), ct));

        var partial = (PartialId)words;
        var ids = TemplateId.All.Where(id => id.Language == partial.Language).ToDictionary(id => id.StreamKey);
        List<OwnTemplate> templates = [];
        foreach (var own in await session.LoadManyAsync<ShopTemplate>(ct, [.. ids.Keys]))
        {
            if (own.Active is { } version && await session.SourceOfAsync(ids[own.Id], version, ct) is { } inUse) templates.Add(new(ids[own.Id], inUse));
        }

        if (templates.Count == 0) return [];
        return Lint(new OwnPartial(partial, source), await session.PartialsAsync(await session.InUseAsync(templates[0].Id, ct), ct), templates);
    }

    /// <summary>A template, with the partials in use. Findings have their place in it.</summary>
    internal static IReadOnlyList<Finding> Lint(OwnTemplate template, IEnumerable<OwnPartial> partials)
    {
        OwnPartial[] used = [.. partials.Where(partial => PartialLinter.IsUsed(partial.Id, template.Source))];
        if (used.Length == 0) return [];
        var names = string.Join(" and ", used.Select(partial => partial.Id.Partial));
        return [.. Found(template, used).Select(finding => finding with { Reason = $"With your own {names}: {finding.Reason}" })];
    }

    /// <summary>A partial, with the templates in use that use it. What was wrong with one of them before is not its fault.</summary>
    /// <param name="partials">Those in use, perhaps an older version of this one.</param>
    internal static IReadOnlyList<Finding> Lint(OwnPartial partial, IReadOnlyList<OwnPartial> partials, IEnumerable<OwnTemplate> templates)
    {
        OwnPartial[] next = [.. partials.Where(other => other.Id != partial.Id), partial];
        return
        [
            .. from template in templates
               where PartialLinter.IsUsed(partial.Id, template.Source)
               from finding in Found(template, next).ExceptBy(Found(template, partials).Select(known => known.Rule), finding => finding.Rule)
               select finding with { Line = 1, Column = 1, Reason = $"In your own {template.Id.Name}, line {finding.Line}: {finding.Reason}" },
        ];
    }

    private static IReadOnlyList<Finding> Found(OwnTemplate template, IReadOnlyList<OwnPartial> partials) =>
        Linter.Lint(template.Id.Kind, template.Id.Language, template.Source, partials);
}
