using System.Globalization;
using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Engagement.Messaging.Composing;

/// <summary>A Markdown document as a person would type it into a mail: no markup, a table's row is a line.</summary>
internal static class PlainText
{
    public static string Of(MarkdownDocument document) => string.Join("\n\n", document.Select(Block).Where(block => block.Length > 0));

    private static string Block(Block block) => block switch
    {
        Table table => string.Join('\n', table.Cast<TableRow>().Select(Row)),
        ListBlock list => string.Join('\n', list.Cast<ListItemBlock>().Select((item, index) => Item(list, item, index))),
        LeafBlock { Inline: { } inline } => Inlines(inline),
        CodeBlock code => code.Lines.ToString(),
        ThematicBreakBlock => "* * *",
        ContainerBlock container => string.Join("\n\n", container.Select(Block)),
        LinkReferenceDefinition => "",
        _ => throw new NotSupportedException($"{block.GetType().Name} has no plain text yet."),
    };

    private static string Row(TableRow row)
    {
        var cells = row.Cast<TableCell>().Select(cell => string.Join(' ', cell.Select(Block))).Where(cell => cell.Length > 0).ToArray();
        return cells.Length < 2 ? string.Concat(cells) : $"{cells[0]}: {string.Join(", ", cells[1..])}";
    }

    private static string Item(ListBlock list, ListItemBlock item, int index)
    {
        var first = int.TryParse(list.OrderedStart, CultureInfo.InvariantCulture, out var start) ? start : 1;
        var mark = list.IsOrdered ? $"{first + index}. " : "- ";
        return mark + string.Join('\n', item.Select(Block)).Replace("\n", "\n" + new string(' ', mark.Length), StringComparison.Ordinal);
    }

    private static string Inlines(ContainerInline container)
    {
        var text = new StringBuilder();
        foreach (var inline in container)
            text.Append(Inline(inline));
        return text.ToString();
    }

    private static string Inline(Inline inline) => inline switch
    {
        LiteralInline literal => literal.Content.ToString(),
        LineBreakInline { IsHard: true } => "\n",
        LineBreakInline => " ",
        HtmlEntityInline entity => entity.Transcoded.ToString(),
        CodeInline code => code.Content,
        AutolinkInline link => link.Url,
        LinkInline link => Link(Inlines(link), link),
        ContainerInline container => Inlines(container),
        _ => throw new NotSupportedException($"{inline.GetType().Name} has no plain text yet."),
    };

    private static string Link(string label, LinkInline link) =>
        link.IsImage || label == link.Url ? label : label.Length == 0 ? link.Url ?? "" : $"{label}: {link.Url}";
}
