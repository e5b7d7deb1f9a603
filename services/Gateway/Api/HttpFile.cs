using System.Text.RegularExpressions;

namespace Engagement.Gateway.Api;

/// <summary>A request of an <c>.http</c> file, as editors understand them.</summary>
/// <param name="Name">Of <c># @name</c>: later requests take from its answer.</param>
/// <param name="Headers">Without the content type.</param>
internal sealed record HttpFileRequest(
    string Title, string? Name, string Method, string Url, IReadOnlyList<(string Name, string Value)> Headers, string? ContentType, string? Body)
{
    /// <summary>Without address, query and variables: <c>/v1/orders/1001</c>.</summary>
    public string Path => Url[Url.IndexOf("}}", StringComparison.Ordinal) is var end and >= 0 ? (end + 2).. : ..].Split('?')[0];

    /// <summary>Every place filled in by what <paramref name="valueOf"/> knows of it.</summary>
    public HttpFileRequest Fill(Func<string, string> valueOf) => this with
    {
        Url = HttpFile.Fill(Url, valueOf),
        Headers = [.. Headers.Select(header => (header.Name, HttpFile.Fill(header.Value, valueOf)))],
        Body = Body is null ? null : HttpFile.Fill(Body, valueOf),
    };
}

/// <summary><c>Gateway.http</c>: what people try out, what the API's description shows as examples, and what a test runs.</summary>
internal static partial class HttpFile
{
    public static (IReadOnlyDictionary<string, string> Variables, IReadOnlyList<HttpFileRequest> Requests) Parse(string text)
    {
        var parts = Separator().Split(text.ReplaceLineEndings("\n"));
        var variables = Variable().Matches(parts[0]).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value.Trim());
        return (variables, [.. parts.Skip(1).Select(Request)]);
    }

    public static string Fill(string text, Func<string, string> valueOf) => Place().Replace(text, place => valueOf(place.Groups["name"].Value));

    private static HttpFileRequest Request(string part)
    {
        var halves = part.Split("\n\n", 2);
        var lines = halves[0].Split('\n');
        var first = Array.FindIndex(lines, 1, line => !line.StartsWith('#'));
        var request = lines[first].Split(' ', 2);
        var headers = lines[(first + 1)..].Where(line => line.Length > 0).Select(line => line.Split(':', 2))
            .Select(pair => (Name: pair[0], Value: pair[1].Trim())).ToArray();
        var name = lines.Select(line => Named().Match(line)).FirstOrDefault(match => match.Success)?.Groups["name"].Value;
        var body = halves.Length > 1 && halves[1].Trim() is { Length: > 0 } text ? text : null;
        return new(
            lines[0].Trim(), name, request[0], request[1].Trim(), [.. headers.Where(header => header.Name != "Content-Type")],
            headers.FirstOrDefault(header => header.Name == "Content-Type").Value, body);
    }

    [GeneratedRegex("^### ?", RegexOptions.Multiline)]
    private static partial Regex Separator();

    [GeneratedRegex(@"^@(?<name>\w+) *= *(?<value>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\{\{(?<name>[^}]+)\}\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Place();

    [GeneratedRegex(@"^# @name (?<name>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Named();
}
