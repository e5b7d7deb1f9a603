namespace Engagement.Messaging.Composing;

/// <summary>
/// A template as it is written: front matter with the subject and, where it may go as a text message, what that says; then the body. Offsets count in
/// <paramref name="Text"/>.
/// </summary>
/// <param name="Text">All of it, with line feeds only.</param>
internal sealed record TemplateSource(string Text, int SubjectAt, string Subject, int BodyAt, int ShortAt = 0, string? Short = null)
{
    private const string Fence = "---\n";
    private const string SubjectKey = "subject:";
    private const string ShortKey = "short:";

    public string Body => Text[BodyAt..];

    /// <exception cref="FormatException">The source doesn't begin with <c>---</c>, <c>subject: …</c>, perhaps <c>short: …</c>, <c>---</c>.</exception>
    public static TemplateSource Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var text = source.ReplaceLineEndings("\n");
        var end = text.IndexOf("\n" + Fence, StringComparison.Ordinal);
        if (!text.StartsWith(Fence, StringComparison.Ordinal) || end < Fence.Length)
            throw new FormatException("A template begins with its front matter, between two lines of ---.");

        var lines = text[Fence.Length..end].Split('\n');
        if (!lines[0].StartsWith(SubjectKey, StringComparison.Ordinal) || lines.Length > 2
            || (lines is [_, var second] && !second.StartsWith(ShortKey, StringComparison.Ordinal)))
            throw new FormatException("The front matter of a template is its subject and, on a second line, what it says in short.");

        var (subjectAt, subject) = Value(lines[0], SubjectKey, Fence.Length);
        var (shortAt, brief) = lines.Length > 1 ? Value(lines[1], ShortKey, Fence.Length + lines[0].Length + 1) : (0, null);
        return new(text, subjectAt, subject!, end + 1 + Fence.Length, shortAt, brief);
    }

    private static (int At, string? Value) Value(string line, string key, int at)
    {
        var value = line[key.Length..];
        return (at + key.Length + (value.Length - value.TrimStart().Length), value.Trim());
    }
}
