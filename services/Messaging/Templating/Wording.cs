using System.Text;
using System.Text.RegularExpressions;

namespace Engagement.Messaging.Templating;

/// <summary>Words that this house doesn't write, found in a text as <see cref="Prose"/> gives it: lower case, without accents. Pure.</summary>
internal static partial class Wording
{
    /// <summary>Where somebody is addressed as one of many: <c>gentile cliente</c>, <c>dear customer</c>, however it is spaced.</summary>
    public static IEnumerable<(int At, string Said)> Impersonal(string text)
    {
        // Without its spaces a text can't hide a word in them; a match counts where it begins and ends a word.
        var squeezed = new StringBuilder(text.Length);
        var places = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i])) continue;
            squeezed.Append(text[i]);
            places.Add(i);
        }

        foreach (var match in AddressedAsOneOfMany().Matches(squeezed.ToString()).Cast<Match>())
        {
            var (first, last) = (places[match.Index], places[match.Index + match.Length - 1]);
            var (before, after) = (first == 0 ? ' ' : text[first - 1], last + 1 == text.Length ? ' ' : text[last + 1]);
            if (!char.IsLetter(before) && !char.IsLetter(after)) yield return (first, Said(text[first..(last + 1)]));
        }

        foreach (var match in AddressedToAll().Matches(text).Cast<Match>()) yield return (match.Index, Said(match.Value));
    }

    /// <summary>Where a word wears two genders: <c>benvenuto/a</c>, <c>tutt*</c>, <c>tuttə</c>. Numbers may: <c>articolo/i</c>.</summary>
    public static IEnumerable<(int At, string Said)> Gendered(string text, string language)
    {
        var matches = TwoGenders().Matches(Addresses().Replace(text, address => new string(' ', address.Length))).Cast<Match>();
        if (language == "it") matches = matches.Concat(ItalianStar().Matches(text));
        return matches.OrderBy(match => match.Index).Select(match => (match.Index, Said(match.Value)));
    }

    private static string Said(string text) => Spaces().Replace(text.Trim(), " ");

    [GeneratedRegex("""
        (?:
          (?: gentil(?:e|i|issim[oaei]) | car(?:[oaie]|issim[oaei]) | egregi[oae]? | spettabil[ei] | spett\.?(?:le|li)? | gent\.?(?:m[oaie]|le|li)?
            | stimat(?:[oaie]|issim[oaei]) | ciao | salve | buongiorno | buonasera | buonpomeriggio | benvenut[oaie] )
          [,\-–—]? (?:nuov[oaie] | nostr[oaie] | affezionat[oaie] | fedel[ei] | stimat[oaie] | futur[oaie] | ed?)*
          (?: client[ei] | clientela | utent[ei] | acquirent[ei] | consumator[ei] | abbonat[oaie] | iscritt[oaie] | destinatari[oae]?
            | lettor[ei] | signori | ospit[ei] )
        )
        | (?:
          (?: dear(?:est)? | hello | hi | hey | greetings | good(?:morning|afternoon|evening) | welcome )
          [,\-–—]? (?: valued | our | loyal | new | esteemed | respected | potential | fellow )*
          (?: customers? | clients? | users? | shoppers? | buyers? | subscribers? | members? | guests? | consumers? | recipients? | patrons? | sirs? | madam )
        )
        | (?: valued | esteemed ) (?: customers? | clients? | users? | members? | guests? )
        | towhomitmayconcern | achidicompetenza
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex AddressedAsOneOfMany();

    [GeneratedRegex("""
        (?<!\p{L}) (?:ciao|salve|buongiorno|buonasera|car[oaie]|carissim[ie]|hi|hello|hey|dear) \s* ,? \s* (?:a\s+)?
        (?:tutt[ie]|all|everyone|everybody|friends?|amic[oai]|amiche) \s* (?=[,!.:;]|\n|$)
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex AddressedToAll();

    [GeneratedRegex("""
        (?<![\p{L}.])
        (?:
          # caro/a, o/a, amici/che, dottore/ssa; spaced out only where the phrase ends
          (?: \p{L}* (?: o[/\\|]-?a | a[/\\|]-?o | i[/\\|]-?e | e[/\\|]-?a ) | \p{L}{2,}[/\\|]-?(?:ssa|essa|trice|trici|che|ghe) ) (?!\p{L})
          | \p{L}+ (?: o\s*[/\\|]\s*a | a\s*[/\\|]\s*o | i\s*[/\\|]\s*e | e\s*[/\\|]\s*a ) (?=\s*(?:[,.!?:;]|\n|$))
          # caro/cara, tutti/tutte, signore/signora
          | (?<stem>\p{L}{2,}) (?: o\s*[/\\|]\s*\k<stem>a | a\s*[/\\|]\s*\k<stem>o | i\s*[/\\|]\s*\k<stem>h?e | e\s*[/\\|]\s*\k<stem>(?:a|ssa) ) (?!\p{L})
          | (?:tutt|car|benvenut|amich?|signor) [ae] \s*[/\\|]\s* (?:tutt|car|benvenut|amic|signor) [ie] (?!\p{L})
          # benvenuto(a), benvenut(o/a)
          | \p{L}{2,} (?: o[(\[]a | a[(\[]o | i[(\[]e | e[(\[]a | [(\[][aeio][/\\|][aeio] | [(\[](?:ssa|essa|trice) ) [)\]]
          # he/she and its kin
          | (?: il\s*/\s*la | la\s*/\s*il | lo\s*/\s*la | la\s*/\s*lo | gli\s*/\s*le | le\s*/\s*gli | i/le | un\s*/\s*una | un/a
              | del\s*/\s*della | dello\s*/\s*della
              | al\s*/\s*alla | allo\s*/\s*alla | dal\s*/\s*dalla | nel\s*/\s*nella | sul\s*/\s*sulla ) (?!\p{L})
          | (?: lui\s*/\s*lei | lei\s*/\s*lui | lui\ o\ lei | suo\s*/\s*sua | s\s*/\s*he | he\s*/\s*she | she\s*/\s*he
              | his\s*/\s*hers? | him\s*/\s*her | her\s*/\s*him
              | he\ or\ she | his\ or\ her | him\ or\ her | sir\s*/\s*madam | sir\ or\ madam | mr\.?\s*/\s*m(?:rs|s)\.? | signore\ o\ signora ) (?!\p{L})
          # benvenut@, benvenut_, latin*s, benvenutə
          | \p{L}{2,}[cglmnrstvz]@(?![\p{L}\p{N}]) | \p{L}{2,}[cglmnrstvz]_(?![\p{L}_]) | \p{L}{2,}\*\p{L}+ | \p{L}+[əɜǝɘ](?!\p{L})
          | (?:benvenut|car|tutt|amic|gentilissim|pront|iscritt|registrat)x(?!\p{L})
        )
        | \(s\)he(?!\p{L})
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex TwoGenders();

    /// <summary>An Italian word that ends in a consonant and a star has lost its vowel; one that ends in a vowel has a footnote.</summary>
    [GeneratedRegex(@"(?<!\p{L})(?!(?:gratis|bonus|extra|klarna|paypal)\*)\p{L}{2,}[bcdfglmnprstvz]\*(?!\p{L})")]
    private static partial Regex ItalianStar();

    /// <summary>In an address a slash is no slash.</summary>
    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
