using Engagement.Contracts;
using HandlebarsDotNet;

namespace Engagement.Messaging.Composing;

/// <summary>The words of one kind of message in one language: subject and Markdown body, compiled. Immutable, safe to share.</summary>
public sealed class Template
{
    private readonly HandlebarsTemplate<object, object> _subject;
    private readonly HandlebarsTemplate<object, object> _body;
    private readonly HandlebarsTemplate<object, object>? _short;

    private Template(MessageKind kind, string language, TemplateSource source) => (Kind, Language, _subject, _body, _short) =
        (kind, language, Render.Plain.Compile(source.Subject), Render.Markdown(language).Compile(source.Body),
            source.Short is null ? null : Render.Plain.Compile(source.Short));

    public MessageKind Kind { get; }

    public string Language { get; }

    /// <exception cref="FormatException">The source doesn't begin with <c>---</c>, <c>subject: …</c>, perhaps <c>short: …</c>, <c>---</c>.</exception>
    /// <exception cref="HandlebarsException">Its Handlebars are no Handlebars.</exception>
    public static Template Parse(MessageKind kind, string language, string source) => new(kind, language, TemplateSource.Parse(source));

    internal string Subject(object variables) => _subject(variables);

    internal string Body(object variables) => _body(variables);

    /// <summary>Null where the template has nothing short.</summary>
    internal string? Short(object variables) => _short?.Invoke(variables);
}
