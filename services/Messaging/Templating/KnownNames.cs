namespace Engagement.Messaging.Templating;

/// <summary>Whether blocks are in order and everything that is asked for exists.</summary>
internal static class KnownNames
{
    /// <summary>Deeper than anybody writes, and far from where the engine would run out of stack.</summary>
    private const int MostBranches = 16;

    /// <param name="variables">The kind's, with values as an example: a list shows what its items have.</param>
    /// <param name="partials">Sources, by name.</param>
    public static void Check(
        IReadOnlyList<Mustache> mustaches, int shift, IReadOnlyDictionary<string, object?> variables, IReadOnlyDictionary<string, string> partials,
        Findings findings)
    {
        var open = new Stack<(Mustache Block, IReadOnlyDictionary<string, object?> Outside)>();
        var inside = variables;
        foreach (var mustache in mustaches)
        {
            void Found(string rule, string reason) => findings.Add(shift + mustache.At, rule, reason);
            switch (mustache.Kind)
            {
                case MustacheKind.Value when Find(inside, mustache, Found) is object[]:
                    Found("unknown-variable", $"'{mustache.Name}' is a list: {{{{#each {mustache.Name}}}}}.");
                    break;
                case MustacheKind.If or MustacheKind.Unless:
                    Find(inside, mustache, Found);
                    open.Push((mustache, inside));
                    break;
                case MustacheKind.Each:
                    open.Push((mustache, inside));
                    if (Find(inside, mustache, Found) is object[] list) inside = (IReadOnlyDictionary<string, object?>)list[0];
                    else if (inside.ContainsKey(mustache.Name)) Found("unknown-variable", $"'{mustache.Name}' is no list.");
                    break;
                case MustacheKind.Else or MustacheKind.ElseIf when open.Count == 0:
                    Found("syntax", "This else belongs to nothing.");
                    break;
                case MustacheKind.Else or MustacheKind.ElseIf:
                    inside = open.Peek().Outside;
                    if (mustache.Kind == MustacheKind.ElseIf) Find(inside, mustache, Found);
                    break;
                case MustacheKind.Close when open.Count == 0 || !open.Peek().Block.Kind.ToString().Equals(mustache.Name, StringComparison.OrdinalIgnoreCase):
                    Found("syntax", $"This closes no {mustache.Name}.");
                    break;
                case MustacheKind.Close:
                    inside = open.Pop().Outside;
                    break;
                case MustacheKind.Partial when !partials.ContainsKey(mustache.Name):
                    var known = string.Join(", ", partials.Keys.Order());
                    Found("unknown-partial", partials.Count == 0 ? "A subject has no partials." : $"There is no partial '{mustache.Name}': {known}.");
                    break;
                case MustacheKind.Partial:
                    var wants = new Findings("");
                    Check(Mustaches.Read(partials[mustache.Name], (_, _, _) => { }), 0, inside, partials, wants);
                    if (wants.Has("unknown-variable")) Found("unknown-partial", $"The partial '{mustache.Name}' says what this message doesn't know.");
                    break;
            }
        }

        if (MostOpen(mustaches) > MostBranches) findings.Add(shift, "syntax", $"At most {MostBranches} conditions may stand inside each other.");
        foreach (var (block, _) in open) findings.Add(shift + block.At, "syntax", $"This {block.Kind.ToString().ToLowerInvariant()} is never closed.");
    }

    /// <summary>An <c>else if</c> is one more inside the one before.</summary>
    private static int MostOpen(IReadOnlyList<Mustache> mustaches)
    {
        var (most, now) = (0, 0);
        var blocks = new Stack<int>();
        foreach (var mustache in mustaches)
        {
            if (mustache.Kind is MustacheKind.If or MustacheKind.Unless or MustacheKind.Each) blocks.Push(now++);
            else if (mustache.Kind is MustacheKind.ElseIf) now++;
            else if (mustache.Kind is MustacheKind.Close && blocks.TryPop(out var before)) now = before;
            most = Math.Max(most, now);
        }

        return most;
    }

    private static object? Find(IReadOnlyDictionary<string, object?> variables, Mustache mustache, Action<string, string> found)
    {
        if (variables.TryGetValue(mustache.Name, out var value)) return value;
        found("unknown-variable", $"This message knows no '{mustache.Name}': {string.Join(", ", variables.Keys.Order())}.");
        return null;
    }
}
