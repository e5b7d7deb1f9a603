using System.Globalization;
using System.Text;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using HandlebarsDotNet;

namespace Engagement.Messaging.Composing;

/// <summary>Writes one mail for one person: subject, text and HTML from one source. Pure.</summary>
public static class Composer
{
    private static readonly HandlebarsTemplate<object, object> TextLayout = Render.Plain.Compile(Templates.Resource("layout.txt").TrimEnd('\n'));
    private static readonly HandlebarsTemplate<object, object> HtmlLayout = Render.Html.Compile(Templates.Resource("layout.html"));

    /// <param name="page">The customer's page about it, if there is one.</param>
    public static ComposedMail Compose(Template template, Recipient recipient, MessageData data, Sender shop, DateTimeOffset now, Uri? page = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(recipient);
        ArgumentNullException.ThrowIfNull(shop);

        var formats = Formats.For(template.Language, recipient.Language);
        var variables = VariablesOf(data, formats, Formats.DayOf(now, recipient.Zone, shop.Zone));
        variables["name"] = GivenName.Of(recipient.Name);
        variables["shop"] = OneLine(shop.Name);
        variables["page"] = page?.AbsoluteUri;

        var subject = OneLine(template.Subject(variables));
        var body = Render.Parse(template.Body(variables));
        var frame = new Dictionary<string, object?>
        {
            ["language"] = template.Language,
            ["subject"] = subject,
            ["shop"] = OneLine(shop.Name),
            ["replyTo"] = shop.ReplyTo ?? shop.Address,
        };
        return new(
            subject,
            TextLayout(new Dictionary<string, object?>(frame) { ["body"] = PlainText.Of(body) }).Replace('\u00a0', ' '),
            HtmlLayout(new Dictionary<string, object?>(frame) { ["body"] = Render.ToHtml(body) }));
    }

    private static Dictionary<string, object?> VariablesOf(MessageData data, Formats formats, DateOnly today) => data switch
    {
        OrderSummary order => new()
        {
            ["order"] = OneLine(order.Number ?? order.Order),
            ["lines"] = (order.Lines ?? []).Select(line => LineOf(line, formats)).ToArray(),
            ["total"] = order.Total is { } total ? formats.Money(total) : null,
            // A day that has gone by is no promise any more.
            ["promised"] = order.PromisedOn is { } day && day >= today ? formats.LongDate(day) : null,
        },
        _ => throw new NotSupportedException($"No mail speaks of {data?.GetType().Name ?? "nothing"}."),
    };

    private static Dictionary<string, object?> LineOf(OrderLine line, Formats formats) => new()
    {
        ["quantity"] = line.Quantity.ToString(CultureInfo.InvariantCulture),
        ["title"] = OneLine(line.Title),
        ["price"] = formats.Money(line.Price with { Amount = line.Price.Amount * line.Quantity }),
    };

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
