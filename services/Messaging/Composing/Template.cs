using Engagement.Contracts;
using HandlebarsDotNet;

namespace Engagement.Messaging.Composing;

/// <summary>The words of one kind of message in one language: subject and Markdown body, compiled. Immutable, safe to share.</summary>
public sealed class Template
{
    private const string Fence = "---\n";
    private const string SubjectKey = "subject:";

    private readonly HandlebarsTemplate<object, object> _subject;
    private readonly HandlebarsTemplate<object, object> _body;

    private Template(MessageKind kind, string language, string subject, string body) =>
        (Kind, Language, _subject, _body) = (kind, language, Render.Plain.Compile(subject), Render.Markdown.Compile(body));

    public MessageKind Kind { get; }

    public string Language { get; }

    /// <exception cref="FormatException">The source doesn't begin with <c>---</c>, <c>subject: …</c>, <c>---</c>.</exception>
    public static Template Parse(MessageKind kind, string language, string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var text = source.ReplaceLineEndings("\n");
        var end = text.IndexOf("\n" + Fence, StringComparison.Ordinal);
        if (!text.StartsWith(Fence, StringComparison.Ordinal) || end < Fence.Length)
            throw new FormatException("A template begins with its front matter, between two lines of ---.");

        var header = text[Fence.Length..end];
        if (!header.StartsWith(SubjectKey, StringComparison.Ordinal) || header.Contains('\n', StringComparison.Ordinal))
            throw new FormatException("The front matter of a template is one line: its subject.");

        return new(kind, language, header[SubjectKey.Length..].Trim(), text[(end + 1 + Fence.Length)..]);
    }

    internal string Subject(object variables) => _subject(variables);

    internal string Body(object variables) => _body(variables);
}
