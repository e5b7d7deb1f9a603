using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Templating;

/// <summary>Holds a partial to the rule of the house by putting it into the built-in words of every message: what would break one of them is found. Pure.</summary>
internal static class PartialLinter
{
    public const int MostCharacters = 2000;

    public static IReadOnlyList<Finding> Lint(PartialId id, string source)
    {
        if (source.Length > MostCharacters) return [new(1, 1, "size", $"A partial has at most {MostCharacters} characters.")];
        if (string.IsNullOrWhiteSpace(source)) return [new(1, 1, "text", "A partial says something.")];
        var own = new Findings(source);
        foreach (var nested in Mustaches.Read(source, own.Add).Where(mustache => mustache.Kind == MustacheKind.Partial))
            own.Add(nested.At, "unknown-partial", "A partial has no partials.");
        if (own.InOrder() is { Count: > 0 } alone) return alone;

        var lines = source.AsSpan().Count('\n') + 1;
        var found = (from kind in MessageKinds.All
                     let template = Templates.SourceOf(kind, id.Language)
                     let before = template[..Mustaches.Read(template, (_, _, _) => { }).First(mustache => Is(mustache, id)).At].AsSpan().Count('\n')
                     from finding in Linter.Lint(kind, id.Language, Inline(template, id, source))
                     select finding with { Line = finding.Line - before }).ToArray();

        // What only shows in a whole mail points elsewhere in it: worth telling where nothing in the partial itself says the same.
        var inside = found.Where(finding => finding.Line >= 1 && finding.Line <= lines).ToArray();
        var elsewhere = found.Except(inside).Where(finding => !inside.Any(told => told.Rule == finding.Rule)).Select(finding => finding with { Line = 1, Column = 1 });
        return [.. inside.Concat(elsewhere).DistinctBy(finding => (finding.Line, finding.Rule)).OrderBy(finding => (finding.Line, finding.Column))];
    }

    /// <inheritdoc cref="Inline(string, PartialId, string)"/>
    public static string Inline(string template, IEnumerable<OwnPartial> partials) =>
        partials.Aggregate(template, (source, partial) => Inline(source, partial.Id, partial.Source));

    /// <summary>The partial's words in the place of the partial.</summary>
    public static string Inline(string template, PartialId id, string source)
    {
        foreach (var mustache in Mustaches.Read(template, (_, _, _) => { }).Where(mustache => Is(mustache, id)).Reverse())
        {
            var (end, asked) = (mustache.At + mustache.Length, template.Substring(mustache.At, mustache.Length));
            var (left, right) = (asked.StartsWith("{{~", StringComparison.Ordinal) ? "{{~! }}" : "", asked.EndsWith("~}}", StringComparison.Ordinal) ? "{{! ~}}" : "");
            template = $"{template[..mustache.At]}{left}{source.Trim('\n')}{right}{template[end..]}";
        }

        return template;
    }

    public static bool IsUsed(PartialId id, string template) => Mustaches.Read(template, (_, _, _) => { }).Exists(mustache => Is(mustache, id));

    private static bool Is(Mustache mustache, PartialId id) => mustache.Kind == MustacheKind.Partial && mustache.Name == id.Partial;
}
