using System.Net;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.Messaging.Composing;
using HandlebarsDotNet;

namespace Engagement.Messaging.Templating;

/// <summary>Reads the mails that a template gives, as its readers would: with and without a name, with everything known and with little.</summary>
internal static partial class MailReader
{
    private const string Name = "Giulia";

    private static readonly DateTimeOffset Now = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);
    private static readonly Sender Shop = new("sample", "Bottega", "ciao@shop.example");

    /// <summary>What templates of this kind can say, with an example of each.</summary>
    public static Dictionary<string, object?> VariablesOf(MessageKind kind, string language) =>
        Variables.Of(kind, language, new Recipient(Name, ""), Samples.Full(kind, Now), Shop, Now, Samples.Extras(language));

    public static bool IsGoodLink(string url) => GoodLink().IsMatch(url);

    /// <param name="subjectAt">Where a finding about the subject points.</param>
    /// <param name="bodyAt">Where one about the body does.</param>
    /// <param name="shortAt">Where one about the text message does; 0 where the template has none.</param>
    public static void Check(MessageKind kind, string language, string source, int subjectAt, int bodyAt, int shortAt, Findings findings)
    {
        try
        {
            var template = Template.Parse(kind, language, source);
            var extras = Samples.Extras(language);
            foreach (var (data, more) in new[] { (Samples.Full(kind, Now), extras), (Samples.Sparse(kind, Now), extras with { Page = null }) })
            {
                foreach (var name in new[] { Name, null })
                {
                    var mail = Composer.Compose(template, new Recipient(name, "g@mail.example"), data, Shop, Now, more);
                    CheckMail(kind, language, mail, name, subjectAt, bodyAt, findings);
                    if (shortAt > 0) CheckShort(kind, language, template.Short(Variables.Of(kind, language, new Recipient(name, ""), data, Shop, Now, more))!, shortAt, findings);
                }
            }
        }
        catch (Exception e) when (e is HandlebarsException or NotSupportedException or ArgumentException)
        {
            findings.Add(bodyAt, "syntax", $"It can't be written: {e.Message}");
        }
    }

    private static void CheckMail(MessageKind kind, string language, ComposedMail mail, string? name, int subjectAt, int bodyAt, Findings findings)
    {
        if (mail.Subject.Length == 0) findings.Add(subjectAt, "front-matter", "The subject says nothing.");
        if (LostName().IsMatch(mail.Subject)) findings.Add(subjectAt, "greeting", NotOpen);
        if (LostName().IsMatch(mail.Text)) findings.Add(bodyAt, "greeting", NotOpen);

        var paragraphs = mail.Text.Split("\n\n")[..^1];   // the layout's own is the last
        if (name is not null && paragraphs.FirstOrDefault()?.Contains(name, StringComparison.Ordinal) != true)
            findings.Add(bodyAt, "greeting", "The greeting doesn't call the customer by name: {{> greeting}}, or 'Ciao{{#if name}} {{name}}{{/if}},'.");
        if (!paragraphs.Skip(1).Any(paragraph => paragraph.Any(char.IsLetter)))
            findings.Add(bodyAt, "text", "As plain text this mail says nothing: not everybody sees images.");

        CheckNumber(kind, $"{mail.Subject}\n{mail.Text}", subjectAt, findings);

        var links = Attribute().Matches(mail.Html).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToArray();
        if (links.Contains("")) findings.Add(bodyAt, "https", "A link leads nowhere when its address isn't known: put it between {{#if …}} and {{/if}}.");
        else if (!links.All(IsGoodLink)) findings.Add(bodyAt, "https", "A link of this mail doesn't begin with https:// (or mailto:, tel:).");
        if (MessageKinds.NatureOf(kind) == MessageNature.Marketing && !links.Contains(Samples.Extras(language).Unsubscribe!.AbsoluteUri))
            findings.Add(bodyAt, "unsubscribe", "Marketing has a way out in every mail: {{> unsubscribe}}, or a link of your own to {{unsubscribe}}.");

        CheckWords(language, mail.Subject, subjectAt, findings);
        CheckWords(language, mail.Text, bodyAt, findings);
    }

    /// <summary>A text message need not call its reader by name.</summary>
    private static void CheckShort(MessageKind kind, string language, string text, int at, Findings findings)
    {
        if (text.Trim().Length == 0) findings.Add(at, "front-matter", "The short text says nothing: leave its line out.");
        if (text.Length > Composer.LongestShort) findings.Add(at, "short", $"The short text has at most {Composer.LongestShort} characters when it is written.");
        if (LostName().IsMatch(text)) findings.Add(at, "greeting", NotOpen);
        CheckNumber(kind, text, at, findings);
        CheckWords(language, text, at, findings);
    }

    private static void CheckNumber(MessageKind kind, string text, int at, Findings findings)
    {
        if (Samples.NumberOf(kind) is not { } number || text.Contains(number, StringComparison.Ordinal)) return;
        var variable = MessageKinds.ReferenceOf(kind) == MessageReference.Order ? "order" : "subscription";
        findings.Add(at, $"{variable}-number", $"A mail about one {variable} says which, whatever else it knows: {{{{{variable}}}}}.");
    }

    /// <summary>What the conditions of a template put together only here.</summary>
    private static void CheckWords(string language, string text, int at, Findings findings)
    {
        var read = Prose.OfLine(text, [], 0).Text;
        if (!findings.Has("impersonal") && Wording.Impersonal(read).FirstOrDefault().Said is { } nobody)
            findings.Add(at, "impersonal", Linter.Impersonal(nobody));
        if (!findings.Has("gendered") && Wording.Gendered(read, language).FirstOrDefault().Said is { } two)
            findings.Add(at, "gendered", Linter.Gendered(two));
    }

    private const string NotOpen = "Without a name this leaves a gap before the comma: write {{#if name}} {{name}}{{/if}}, with the space inside.";

    /// <summary>The traces of a name that isn't there: a space before the comma, two marks in a row.</summary>
    [GeneratedRegex(@"(?:^|[ \t])[,!]|\p{L}[ \t]+[,!.]|,\s*[,!.]", RegexOptions.Multiline)]
    private static partial Regex LostName();

    [GeneratedRegex("^(?:https://[^/]|mailto:|tel:)", RegexOptions.IgnoreCase)]
    private static partial Regex GoodLink();

    [GeneratedRegex("""(?:href|src)="([^"]*)"(?=[^<]*>)""")]
    private static partial Regex Attribute();
}
