namespace Engagement.Messaging.Templating;

/// <summary>What is wrong with a template, and where; lines and columns count from 1.</summary>
/// <param name="Rule">What programs go by: <c>impersonal</c>, <c>order-number</c>…</param>
/// <param name="Reason">A sentence or two for the person who wrote it.</param>
public sealed record Finding(int Line, int Column, string Rule, string Reason);

/// <summary>Collects findings by their place in the source.</summary>
internal sealed class Findings(string source)
{
    private readonly SortedSet<(int At, string Rule, string Reason)> _found = [];

    public void Add(int at, string rule, string reason) => _found.Add((Math.Clamp(at, 0, source.Length), rule, reason));

    public bool Has(params ReadOnlySpan<string> rules)
    {
        foreach (var rule in rules)
        {
            if (_found.Any(finding => finding.Rule == rule)) return true;
        }

        return false;
    }

    public IReadOnlyList<Finding> InOrder() => [.. _found.Select(finding =>
    {
        var before = source.AsSpan(0, finding.At);
        return new Finding(before.Count('\n') + 1, finding.At - before.LastIndexOf('\n'), finding.Rule, finding.Reason);
    })];
}
