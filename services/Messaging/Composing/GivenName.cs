using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Engagement.Messaging.Composing;

/// <summary>What a person would call the customer; null when only a neutral greeting is safe.</summary>
public static class GivenName
{
    private static readonly FrozenSet<string> Titles = Set(
        "sig", "sigra", "signa", "signor", "signora", "signorina", "dott", "dottssa", "dottore", "dottoressa", "dr", "drssa", "prof", "profssa",
        "avv", "ing", "arch", "geom", "rag", "egr", "gent", "mr", "mrs", "ms", "miss", "mx", "sir", "madam", "herr", "frau", "mme", "mlle",
        "phd", "md", "mba", "jr", "sr", "esq");

    // "Ciao Cliente," would be just what this house doesn't say; a company isn't greeted by its first word.
    private static readonly FrozenSet<string> NotAPerson = Set(
        "cliente", "customer", "client", "guest", "ospite", "user", "utente", "unknown", "sconosciuto", "anonymous", "anonimo", "null", "none",
        "undefined", "test", "na", "nd", "srl", "srls", "spa", "snc", "sas", "sapa", "gmbh", "ltd", "llc", "inc", "plc", "bv", "sarl");

    public static string? Of(string? fullName)
    {
        if (string.IsNullOrWhiteSpace(fullName) || fullName.Contains('@', StringComparison.Ordinal))
            return null;

        var comma = fullName.IndexOf(',', StringComparison.Ordinal); // "Rossi, Giulia"
        var inOrder = Composer.OneLine(comma < 0 ? fullName : $"{fullName[(comma + 1)..]} {fullName[..comma]}");
        var words = inOrder.Normalize().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Any(word => NotAPerson.Contains(Bare(word))))
            return null;

        var rest = words.SkipWhile(word => IsTitle(word) || IsInitial(word)).ToArray();
        var onlyASurname = rest.Length < 2 && rest.Length < words.Length;
        return rest.Length == 0 || onlyASurname || !IsName(rest[0]) ? null : Cased(rest[0], allCaps: words.All(IsUpper));
    }

    private static bool IsTitle(string word) => Titles.Contains(Bare(word));

    private static bool IsInitial(string word) => Bare(word).Length == 1 || word.EndsWith('.');

    private static bool IsUpper(string word) => !word.Any(char.IsLower) && word.Any(char.IsUpper);

    private static bool IsName(string word) =>
        word.Length is >= 2 and <= 40 && char.IsLetter(word[0]) && word.Count(char.IsLetter) >= 2 && word.All(c => char.IsLetter(c) || IsJoint(c) || IsMark(c));

    private static bool IsJoint(char c) => c is '-' or '\'' or '’';

    private static bool IsMark(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>Shouted or whispered names get their capitals; a name in mixed case is how the person writes it.</summary>
    private static string Cased(string word, bool allCaps)
    {
        var shouted = IsUpper(word) && (allCaps || word.Length > 2); // "MJ Smith" keeps her MJ
        if (!shouted && word.Any(char.IsUpper))
            return word;

        var cased = new StringBuilder(word.Length);
        foreach (var c in word)
            cased.Append(cased.Length == 0 || IsJoint(cased[^1]) ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
        return cased.ToString();
    }

    private static string Bare(string word) => string.Concat(word.Where(char.IsLetter)).ToUpperInvariant();

    private static FrozenSet<string> Set(params string[] words) => words.Select(word => word.ToUpperInvariant()).ToFrozenSet(StringComparer.Ordinal);
}
