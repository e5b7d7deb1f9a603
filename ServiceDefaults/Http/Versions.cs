using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Engagement.ServiceDefaults;

/// <summary>Versions of streams as ETags.</summary>
public static class Versions
{
    public static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Whether the request's <c>If-Match</c>, where it has one, names this version.</summary>
    public static bool IsFor(this HttpRequest request, long version)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers.IfMatch.Count == 0) return true;
        var wanted = request.GetTypedHeaders().IfMatch;   // none where it can't be read: then nothing is what was wanted
        return wanted.Any(tag => tag.Tag == "*" || (tag.Tag == Tag(version) && !tag.IsWeak));
    }
}
