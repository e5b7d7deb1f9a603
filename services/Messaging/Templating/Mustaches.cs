using System.Text.RegularExpressions;

namespace Engagement.Messaging.Templating;

internal enum MustacheKind
{
    Comment,
    Value,
    If,
    Unless,
    Each,
    Else,
    ElseIf,
    Close,
    Partial,
}

/// <summary>What stands between <c>{{</c> and <c>}}</c>, and where.</summary>
internal sealed record Mustache(int At, int Length, MustacheKind Kind, string Name);

/// <summary>
/// Reads the part of Handlebars that templates may use: values, <c>if</c>, <c>unless</c>, <c>each</c>, <c>else</c>, partials, comments. Ours,
/// because the engine's own parser is internal and tells no places; and what is not in this list is not let in.
/// </summary>
internal static partial class Mustaches
{
    public static List<Mustache> Read(string text, Action<int, string, string> found)
    {
        List<Mustache> read = [];
        for (int at = 0, end = 0; (at = text.IndexOf("{{", end, StringComparison.Ordinal)) >= 0;)
        {
            if (Comment().Match(text, at) is { Success: true } comment)
            {
                read.Add(new(at, comment.Length, MustacheKind.Comment, ""));
                end = at + comment.Length;
                continue;
            }

            var close = text.AsSpan(at).StartsWith("{{{") ? "}}}" : "}}";
            end = text.IndexOf(close, at, StringComparison.Ordinal) + close.Length;
            var next = text.IndexOf("{{", at + close.Length, StringComparison.Ordinal);
            if (end < close.Length || (next >= 0 && next < end))
            {
                found(at, "syntax", "This {{ is never closed.");
                end = next < 0 ? text.Length : next;
            }
            else if (at > 0 && text[at - 1] == '\\')
            {
                found(at, "syntax", "{{ can't be escaped.");
            }
            else if (close == "}}}")
            {
                found(at, "raw-value", "Values are never written raw: use two braces.");
            }
            else
            {
                read.Add(One(text, at, end, found));
            }
        }

        return read;
    }

    private static Mustache One(string text, int at, int end, Action<int, string, string> found)
    {
        var inside = text[(at + 2)..(end - 2)].Trim('~').Trim();
        Mustache As(MustacheKind kind, string name) => new(at, end - at, kind, name);
        var match = Known().Match(inside);
        if (match.Success)
        {
            var name = match.Groups["name"].Value;
            return Spaces().Replace(match.Groups["what"].Value.Trim(), " ") switch
            {
                "#if" => As(MustacheKind.If, name),
                "#unless" => As(MustacheKind.Unless, name),
                "#each" => As(MustacheKind.Each, name),
                "else if" => As(MustacheKind.ElseIf, name),
                ">" => As(MustacheKind.Partial, name),
                _ => inside == "else" ? As(MustacheKind.Else, "") : As(MustacheKind.Value, inside),
            };
        }

        if (Closing().Match(inside) is { Success: true } closing) return As(MustacheKind.Close, closing.Groups[1].Value);
        if (inside.StartsWith('&')) found(at, "raw-value", "Values are never written raw: leave out the &.");
        else if (inside is ['#', ..] or ['^', ..] || inside.Contains(' ', StringComparison.Ordinal))
            found(at, "unknown-helper", $"There is no helper for '{inside}': only if, unless, each and else.");
        else found(at, "syntax", $"'{inside}' is neither a variable nor anything else that is known here.");
        return As(MustacheKind.Comment, "");
    }

    [GeneratedRegex(@"\G\{\{~?!(?:--.*?--~?\}\}|(?!--).*?\}\})", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?<what>#if\s+|#unless\s+|#each\s+|else\s+if\s+|>\s*)?(?<name>[A-Za-z][A-Za-z0-9-]*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Known();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^/\s*([a-z]+)$")]
    private static partial Regex Closing();
}
