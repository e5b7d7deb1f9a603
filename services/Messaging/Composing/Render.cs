using System.Collections.Concurrent;
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

    public static readonly IHandlebars Html = Engine(new HtmlEncoder());

    private static readonly ConcurrentDictionary<string, IHandlebars> ByLanguage = new();

    /// <summary>For bodies: what is written between <c>{{</c> and <c>}}</c> means nothing to Markdown, and the language's partials are known.</summary>
    public static IHandlebars Markdown(string language) => ByLanguage.GetOrAdd(language, static language =>
    {
        var engine = Engine(new MarkdownEscaping());
        foreach (var (name, source) in Partials.Of(language))
            engine.RegisterTemplate(name, source);
        return engine;
    });

    /// <summary>Tables, and no HTML: a template can't smuggle in what the text part wouldn't show.</summary>
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml().Build();

    private static readonly MarkdownPipeline Precise = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml().UsePreciseSourceLocation().Build();

    public static MarkdownDocument Parse(string markdown) => Markdig.Markdown.Parse(markdown, Pipeline);

    /// <summary>As <see cref="Parse"/>, and every inline knows where it stood.</summary>
    public static MarkdownDocument ParseWithPlaces(string markdown) => Markdig.Markdown.Parse(markdown, Precise);

    public static string ToHtml(MarkdownDocument document) => document.ToHtml(Pipeline).TrimEnd();

    private static IHandlebars Engine(ITextEncoder? encoder) => Handlebars.Create(new HandlebarsConfiguration
    {
        TextEncoder = encoder,
        NoEscape = encoder is null,
        FormatProvider = CultureInfo.InvariantCulture,
        ThrowOnUnresolvedBindingExpression = true,
    });

    /// <summary>
    /// Every ASCII punctuation mark of a value gets its backslash, so none of them means anything to Markdown; the lines that a person
    /// wrote stay lines.
    /// </summary>
    private sealed class MarkdownEscaping : ITextEncoder
    {
        public void Encode(StringBuilder? text, TextWriter target) => Encode(text?.ToString(), target);

        public void Encode<T>(T? text, TextWriter target) where T : IEnumerator<char>
        {
            var read = new StringBuilder();
            while (text is not null && text.MoveNext())
                read.Append(text.Current);
            Encode(read.ToString(), target);
        }

        public void Encode(string? text, TextWriter target)
        {
            var value = text ?? "";
            for (var i = 0; i < value.Length; i++)
            {
                var paragraph = value[i] == '\n' && ((i > 0 && value[i - 1] == '\n') || (i + 1 < value.Length && value[i + 1] == '\n'));
                if (paragraph)
                    target.Write('\n');
                else
                    Encode(value[i], target);
            }
        }

        private static void Encode(char c, TextWriter target)
        {
            if (c == '\n' || (char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c))))
                target.Write('\\');
            target.Write(c);
        }
    }
}
