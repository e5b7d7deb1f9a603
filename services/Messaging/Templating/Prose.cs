using System.Globalization;
using System.Text;
using Engagement.Messaging.Composing;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Engagement.Messaging.Templating;

/// <summary>
/// A template as its reader sees it: without markup, entities decoded, invisible characters gone, lower case, no accents; each character knows
/// where it stands in the source. A value is one <see cref="Value"/>; what only steers (<c>{{#if}}</c>) is nothing.
/// </summary>
internal sealed class Prose
{
    /// <summary>Stands for a value; a private character that is no punctuation, so that Markdown around it stays Markdown.</summary>
    public const char Value = '\uE000';

    private const char Nothing = '\u200B';
    /// <summary>Cyrillic and Greek letters that look like Latin ones, each before the one it passes for.</summary>
    private const string Lookalikes =
        "\u0430a\u0435e\u043Eo\u0440p\u0441c\u0443y\u0445x\u0456i\u0455s\u0501d\u04BBh\u03BFo\u03B1a\u03B5e\u03B9i\u03BDv\u03C1p\u03C4t\u03C5u\u0131i\u0261g";

    private readonly StringBuilder _text = new();
    private readonly List<int> _places = [];
    private readonly List<(string Url, int At, bool IsImage, bool HasWords)> _links = [];
    private readonly string _masked;
    private readonly int _shift;

    private Prose(string masked, int shift) => (_masked, _shift) = (masked, shift);

    public string Text => _text.ToString();

    public IReadOnlyList<(string Url, int At, bool IsImage, bool HasWords)> Links => _links;

    /// <summary>Where a character of <see cref="Text"/> stands in the source.</summary>
    public int PlaceOf(int index) => index < _places.Count ? _places[index] : _shift;

    /// <param name="shift">Where <paramref name="source"/> begins in the whole.</param>
    public static Prose OfLine(string source, IReadOnlyList<Mustache> mustaches, int shift)
    {
        var prose = new Prose(Masked(source, mustaches), shift);
        prose.AddSpan(0, source.Length);
        return prose;
    }

    /// <inheritdoc cref="OfLine"/>
    public static Prose OfMarkdown(string source, IReadOnlyList<Mustache> mustaches, int shift)
    {
        var prose = new Prose(Masked(source, mustaches), shift);
        prose.AddBlocks(Render.ParseWithPlaces(prose._masked));
        return prose;
    }

    /// <summary>The same length, so that places stay.</summary>
    private static string Masked(string source, IReadOnlyList<Mustache> mustaches)
    {
        var masked = source.ToCharArray();
        foreach (var mustache in mustaches)
        {
            masked.AsSpan(mustache.At, mustache.Length).Fill(Nothing);
            if (mustache.Kind == MustacheKind.Value) masked[mustache.At] = Value;
        }

        return new string(masked);
    }

    private void AddBlocks(ContainerBlock container)
    {
        foreach (var block in container)
        {
            switch (block)
            {
                case LinkReferenceDefinition link:
                    _links.Add((link.Url ?? "", link.Span.Start + _shift, IsImage: false, HasWords: true));
                    break;
                case ContainerBlock inner:
                    AddBlocks(inner);
                    break;
                case LeafBlock { Inline: { } inline }:
                    AddInlines(inline);
                    break;
                default:
                    AddSpan(block.Span.Start, block.Span.Length);   // code
                    break;
            }

            Add('\n', Math.Max(0, block.Span.End));
        }
    }

    private void AddInlines(ContainerInline container)
    {
        foreach (var inline in container)
        {
            switch (inline)
            {
                case LiteralInline literal:
                    var escaped = literal.IsFirstCharacterEscaped ? 1 : 0;
                    for (var i = 0; i < literal.Content.Length; i++) Add(literal.Content[literal.Content.Start + i], literal.Span.Start + escaped + i);
                    break;
                case HtmlEntityInline entity:
                    foreach (var c in entity.Transcoded.ToString()) Add(c, entity.Span.Start);
                    break;
                case LineBreakInline:
                    Add('\n', inline.Span.Start);
                    break;
                case LinkInline link:
                    _links.Add((link.Url ?? "", link.Span.Start + _shift, link.IsImage, link.FirstChild is not null));
                    AddInlines(link);
                    break;
                case AutolinkInline link:
                    _links.Add((link.Url, link.Span.Start + _shift, IsImage: false, HasWords: true));
                    break;
                case ContainerInline inner:
                    AddInlines(inner);
                    break;
                default:
                    AddSpan(inline.Span.Start, inline.Span.Length);   // code
                    break;
            }
        }
    }

    private void AddSpan(int start, int length)
    {
        for (var i = start; i < start + length; i++) Add(_masked[i], i);
    }

    private void Add(char c, int at)
    {
        foreach (var bare in Bare(c))
        {
            _text.Append(bare);
            _places.Add(at + _shift);
        }
    }

    /// <summary>The letters that a reader sees in it, if any.</summary>
    private static IEnumerable<char> Bare(char c)
    {
        if (c is '\n' or Value) return [c];
        if (char.IsSurrogate(c)) return ['\uFFFD'];
        return c.ToString().Normalize(NormalizationForm.FormKD).Where(IsSeen).Select(Plain);
    }

    private static bool IsSeen(char c) => c is not ('\u115F' or '\u1160' or '\u3164' or '\uFFA0') && char.GetUnicodeCategory(c)
        is not (UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    private static char Plain(char c)
    {
        if (char.IsWhiteSpace(c) || char.IsControl(c)) return ' ';
        var lower = char.ToLowerInvariant(c);
        var at = Lookalikes.IndexOf(lower, StringComparison.Ordinal);
        return at >= 0 && at % 2 == 0 ? Lookalikes[at + 1] : lower is '\u2044' or '\u2215' ? '/' : lower;
    }
}
