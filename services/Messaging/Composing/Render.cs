using System.Globalization;
using System.Text;
using HandlebarsDotNet;
using Markdig;
using Markdig.Syntax;

namespace Engagement.Messaging.Composing;

/// <summary>The engines behind templates: one per kind of text, since each escapes values in its own way.</summary>
internal static class Render
{
    public static readonly IHandlebars Plain = Engine(encoder: null);

    public static readonly IHandlebars Markdown = Engine(new MarkdownEscaping());

    public static readonly IHandlebars Html = Engine(new HtmlEncoder());

    /// <summary>Tables, and no HTML: a template can't smuggle in what the text part wouldn't show.</summary>
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml().Build();

    public static MarkdownDocument Parse(string markdown) => Markdig.Markdown.Parse(markdown, Pipeline);

    public static string ToHtml(MarkdownDocument document) => document.ToHtml(Pipeline).TrimEnd();

    private static IHandlebars Engine(ITextEncoder? encoder) => Handlebars.Create(new HandlebarsConfiguration
    {
        TextEncoder = encoder,
        NoEscape = encoder is null,
        FormatProvider = CultureInfo.InvariantCulture,
        ThrowOnUnresolvedBindingExpression = true,
    });

    /// <summary>Every ASCII punctuation mark of a value gets its backslash, so none of them means anything to Markdown.</summary>
    private sealed class MarkdownEscaping : ITextEncoder
    {
        public void Encode(StringBuilder? text, TextWriter target) => Encode(text?.ToString(), target);

        public void Encode(string? text, TextWriter target)
        {
            foreach (var c in text ?? "")
                Encode(c, target);
        }

        public void Encode<T>(T? text, TextWriter target) where T : IEnumerator<char>
        {
            while (text is not null && text.MoveNext())
                Encode(text.Current, target);
        }

        private static void Encode(char c, TextWriter target)
        {
            if (char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c)))
                target.Write('\\');
            target.Write(c);
        }
    }
}
