using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using HandlebarsDotNet;

namespace Engagement.Messaging.Composing;

/// <summary>Writes one mail for one person: subject, text and HTML from one source. Pure.</summary>
public static class Composer
{
    private static readonly HandlebarsTemplate<object, object> TextLayout = Render.Plain.Compile(Templates.Resource("layout.txt").TrimEnd('\n'));
    private static readonly HandlebarsTemplate<object, object> HtmlLayout = Render.Html.Compile(Templates.Resource("layout.html"));

    /// <param name="now">Days that have gone by then are not promised.</param>
    /// <exception cref="HandlebarsException">The template asks for what this kind doesn't have.</exception>
    public static ComposedMail Compose(Template template, Recipient recipient, MessageData data, Sender shop, DateTimeOffset now, Extras? extras = null,
        LayoutSettings? layout = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(recipient);
        ArgumentNullException.ThrowIfNull(shop);

        var variables = Variables.Of(template.Kind, template.Language, recipient, data, shop, now, extras ?? new Extras());
        var subject = OneLine(template.Subject(variables));
        var body = Render.Parse(template.Body(variables));
        var frame = new Dictionary<string, object?>
        {
            ["language"] = template.Language,
            ["subject"] = subject,
            ["shop"] = OneLine(shop.Name),
            ["replyTo"] = shop.ReplyTo ?? shop.Address,
            // Marketing says it in its own words, which its linter sees to.
            ["wayOut"] = Purposes.Of(template.Kind) == Purpose.FollowUp ? extras?.Unsubscribe?.AbsoluteUri : null,
            ["wayOutWords"] = template.Language == "it" ? "Non voglio più ricevere messaggi come questo" : "I'd rather not get messages like this one",
            ["logo"] = layout?.LogoUrl,
            ["accent"] = layout?.Accent,
            ["footer"] = (layout?.FooterLines ?? []).Select(OneLine).ToArray(),
        };
        return new(
            subject,
            TextLayout(new Dictionary<string, object?>(frame) { ["body"] = PlainText.Of(body) }).Replace('\u00a0', ' '),
            HtmlLayout(new Dictionary<string, object?>(frame) { ["body"] = Render.ToHtml(body) }));
    }

    /// <summary>The longest text message: two parts of an SMS with accents, and then some.</summary>
    public const int LongestShort = 300;

    /// <summary>What goes as a text message: the template's own short words, else, or where they grow too long, the subject and where to read on.</summary>
    /// <inheritdoc cref="Compose"/>
    public static string ComposeShort(Template template, Recipient recipient, MessageData data, Sender shop, DateTimeOffset now, Extras? extras = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(recipient);
        ArgumentNullException.ThrowIfNull(shop);
        var variables = Variables.Of(template.Kind, template.Language, recipient, data, shop, now, extras ?? new Extras());
        if (OneLine(template.Short(variables)).Replace('\u00a0', ' ') is { Length: > 0 and <= LongestShort } text) return text;
        var link = Links.Select(name => variables.GetValueOrDefault(name) as string).FirstOrDefault(url => url?.Length < LongestShort / 2);
        var end = link is null ? "" : $" {link}";
        var subject = $"{OneLine(shop.Name)}: {OneLine(template.Subject(variables))}".Replace('\u00a0', ' ');
        return subject.Length + end.Length <= LongestShort ? subject + end : $"{subject[..(LongestShort - end.Length - 1)]}…{end}";
    }

    private static readonly string[] Links = ["page", "payUrl", "trackingUrl", "reviewUrl", "cartUrl", "shopUrl"];

    /// <summary>No line breaks, no control characters, none of the marks that turn the direction of what follows; single spaces.</summary>
    internal static string OneLine(string? value)
    {
        var line = new StringBuilder(value?.Length ?? 0);
        foreach (var rune in (value ?? "").EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                if (line.Length > 0 && line[^1] != ' ')
                    line.Append(' ');
            }
            else if (rune.Value is not (0x200E or 0x200F or 0xFEFF or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069)))
            {
                line.Append(rune.ToString());
            }
        }
        return line.ToString().TrimEnd();
    }
}
