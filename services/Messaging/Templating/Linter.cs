using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Templating;

/// <summary>
/// Holds templates to the rule of the house: a message is for one person, from a person. What can be seen in the source is looked for there;
/// what only shows when somebody reads it is looked for in the mails that it gives (<see cref="MailReader"/>). Pure.
/// </summary>
public static partial class Linter
{
    /// <summary>More than anybody would read in a mail.</summary>
    public const int MostCharacters = 32 * 1024;

    /// <summary>Empty where the template is fine; else in the order of the source.</summary>
    public static IReadOnlyList<Finding> Lint(MessageKind kind, string language, string source) => Lint(kind, language, source, []);

    /// <param name="partials">The shop's own; ours for the others.</param>
    internal static IReadOnlyList<Finding> Lint(MessageKind kind, string language, string source, IReadOnlyList<OwnPartial> partials)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length > MostCharacters) return [new(1, 1, "size", $"A template has at most {MostCharacters} characters.")];
        TemplateSource template;
        try
        {
            template = TemplateSource.Parse(source);
        }
        catch (FormatException e)
        {
            return [new(1, 1, "front-matter", e.Message)];
        }

        var findings = new Findings(template.Text);
        var inSubject = Mustaches.Read(template.Subject, (at, rule, reason) => findings.Add(template.SubjectAt + at, rule, reason));
        var inBody = Mustaches.Read(template.Body, (at, rule, reason) => findings.Add(template.BodyAt + at, rule, reason));
        var known = MailReader.VariablesOf(kind, language);
        KnownNames.Check(inSubject, template.SubjectAt, known.Where(v => v.Key != "words").ToDictionary(), new Dictionary<string, string>(), findings);
        var sources = new Dictionary<string, string>(Partials.Of(language));
        foreach (var (id, words) in partials) sources[id.Partial] = words;
        KnownNames.Check(inBody, template.BodyAt, known, sources, findings);

        var inShort = template.Short is null ? [] : Mustaches.Read(template.Short, (at, rule, reason) => findings.Add(template.ShortAt + at, rule, reason));
        KnownNames.Check(inShort, template.ShortAt, known.Where(v => v.Key != "words").ToDictionary(), new Dictionary<string, string>(), findings);
        CheckWords(Prose.OfLine(template.Short ?? "", inShort, template.ShortAt), language, findings);

        foreach (var control in Control().Matches(template.Text).Cast<Match>())
            findings.Add(control.Index, "syntax", "A control character has no place in a mail.");
        CheckWords(Prose.OfLine(template.Subject, inSubject, template.SubjectAt), language, findings);
        try
        {
            var body = Prose.OfMarkdown(template.Body, inBody, template.BodyAt);
            CheckWords(body, language, findings);
            CheckLinks(body, findings);
        }
        catch (ArgumentException)   // how Markdig says so
        {
            findings.Add(template.BodyAt, "syntax", "Lists, quotes and links stand inside each other too deeply.");
        }

        if (!findings.Has("syntax", "raw-value", "unknown-variable", "unknown-helper", "unknown-partial"))
        {
            MailReader.Check(
                kind, language, PartialLinter.Inline(source, partials), PlaceOfName(inSubject, template.SubjectAt), PlaceOfName(inBody, template.BodyAt),
                template.ShortAt, findings);
        }

        return findings.InOrder();
    }

    /// <summary>Where the name is written, or would be.</summary>
    private static int PlaceOfName(List<Mustache> mustaches, int start) => start
        + (mustaches.Find(m => m is { Kind: MustacheKind.Value, Name: "name" } or { Kind: MustacheKind.Partial, Name: "greeting" })?.At ?? 0);

    private static void CheckWords(Prose prose, string language, Findings findings)
    {
        var text = prose.Text;
        var places = Enumerable.Range(0, text.Length).ToList();
        foreach (var tag in Tag().Matches(text).Reverse())   // a word that tags split is one word all the same
        {
            findings.Add(prose.PlaceOf(tag.Index), "html", "HTML is shown to the reader as it stands here: write Markdown.");
            text = text.Remove(tag.Index, tag.Length);
            places.RemoveRange(tag.Index, tag.Length);
        }

        foreach (var (at, said) in Wording.Impersonal(text)) findings.Add(prose.PlaceOf(places[at]), "impersonal", Impersonal(said));
        foreach (var (at, said) in Wording.Gendered(text, language)) findings.Add(prose.PlaceOf(places[at]), "gendered", Gendered(said));
        foreach (var open in OpenAddress().Matches(text).Cast<Match>())
            findings.Add(prose.PlaceOf(places[open.Index]), "https", "Mail programs would make an open link of this address: write https://.");
    }

    internal static string Impersonal(string said) => $"'{said}' is nobody's name: greet with {{{{> greeting}}}}, or with the name alone.";

    internal static string Gendered(string said) => $"'{said}' asks the reader to choose a gender: say it another way ('Che bello averti qui').";

    private static void CheckLinks(Prose prose, Findings findings)
    {
        foreach (var (url, at, isImage, hasWords) in prose.Links)
        {
            if (isImage && !hasWords) findings.Add(at, "text", "An image needs words for those who don't see it: ![words](https://…).");
            if (!url.StartsWith(Prose.Value) && !MailReader.IsGoodLink(url)) findings.Add(at, "https", "A link begins with https:// (or mailto:, tel:).");
        }
    }

    [GeneratedRegex(@"[\p{Cc}-[\n\t]]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Control();

    [GeneratedRegex(@"<!--.*?-->|</?[a-z][^<>]*>", RegexOptions.Singleline)]
    private static partial Regex Tag();

    [GeneratedRegex(@"http://\S|(?<![\p{L}\p{N}/.@-])www\.\p{L}")]
    private static partial Regex OpenAddress();
}
