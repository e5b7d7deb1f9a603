namespace Engagement.Messaging.Composing;

/// <summary>A template as it is written: front matter with the subject, then the body. Offsets count in <paramref name="Text"/>.</summary>
/// <param name="Text">All of it, with line feeds only.</param>
internal sealed record TemplateSource(string Text, int SubjectAt, string Subject, int BodyAt)
{
    private const string Fence = "---\n";
    private const string SubjectKey = "subject:";

    public string Body => Text[BodyAt..];

    /// <exception cref="FormatException">The source doesn't begin with <c>---</c>, <c>subject: …</c>, <c>---</c>.</exception>
    public static TemplateSource Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var text = source.ReplaceLineEndings("\n");
        var end = text.IndexOf("\n" + Fence, StringComparison.Ordinal);
        if (!text.StartsWith(Fence, StringComparison.Ordinal) || end < Fence.Length)
            throw new FormatException("A template begins with its front matter, between two lines of ---.");

        var header = text[Fence.Length..end];
        if (!header.StartsWith(SubjectKey, StringComparison.Ordinal) || header.Contains('\n', StringComparison.Ordinal))
            throw new FormatException("The front matter of a template is one line: its subject.");

        var value = header[SubjectKey.Length..];
        return new(text, Fence.Length + SubjectKey.Length + (value.Length - value.TrimStart().Length), value.Trim(), end + 1 + Fence.Length);
    }
}
