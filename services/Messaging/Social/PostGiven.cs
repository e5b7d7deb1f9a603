using System.Globalization;
using System.Text.Json.Serialization;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>The networks that posts can go to, each with its longest text, in characters as readers count them. Section <c>Social</c>.</summary>
public sealed class SocialOptions
{
    /// <summary>What the networks themselves allow; a setting changes one or adds another.</summary>
    public Dictionary<string, int> Longest { get; } = new(StringComparer.Ordinal)
    {
        ["bluesky"] = 300, ["facebook"] = 63206, ["instagram"] = 2200, ["linkedin"] = 3000, ["mastodon"] = 500, ["pinterest"] = 500, ["telegram"] = 4096,
        ["threads"] = 500, ["tiktok"] = 2200, ["x"] = 280,
    };
}

/// <summary>A post as a shop tells it.</summary>
/// <param name="Id">Left out, it is made.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PostGiven(string? Id, IReadOnlyList<string>? Networks, string? Text, string? Link, string? ImageUrl, DateTimeOffset? At)
{
    private const int LongestUrl = 2000;

    /// <exception cref="Invalid">With all that is wrong, but for the time, which is looked at when the post is known.</exception>
    internal PostContent Read(IReadOnlyDictionary<string, int> longest)
    {
        List<FieldError> errors = [];
        if (Id is not null && !new PostId(Id).IsValid) errors.Add(new("/id", "invalid", "1 to 64 letters, digits, '.', '_' and '-'."));
        if (Networks is not { Count: > 0 }) errors.Add(new("/networks", "required", $"At least one of {string.Join(", ", longest.Keys.Order())}."));
        errors.AddRange((Networks ?? []).Index().Where(network => network.Item is null || !longest.ContainsKey(network.Item))
            .Select(network => new FieldError($"/networks/{network.Index}", "unknown", $"One of {string.Join(", ", longest.Keys.Order())}.")));
        if (string.IsNullOrWhiteSpace(Text)) errors.Add(new("/text", "required", "What the post says."));
        else if (Text.Any(c => char.IsControl(c) && c != '\n')) errors.Add(new("/text", "invalid", "No control characters but line feeds."));
        else errors.AddRange(TooLong(Text, longest));
        if (Link is not null && !IsHttps(Link)) errors.Add(new("/link", "invalid", "An https address."));
        if (ImageUrl is not null && !IsHttps(ImageUrl)) errors.Add(new("/imageUrl", "invalid", "An https address."));
        if (At is null) errors.Add(new("/at", "required", "When it is posted, by RFC 3339."));
        if (errors.Count > 0) throw new Invalid([.. errors]);
        return new(
            [.. Networks!.Distinct().Order(StringComparer.Ordinal)], Text!, Link is null ? null : new Uri(Link), ImageUrl is null ? null : new Uri(ImageUrl),
            At!.Value.ToUniversalTime());
    }

    private IEnumerable<FieldError> TooLong(string text, IReadOnlyDictionary<string, int> longest)
    {
        var length = new StringInfo(text).LengthInTextElements;
        return from network in (Networks ?? []).Distinct()
               where network is not null && longest.TryGetValue(network, out var most) && length > most
               select new FieldError("/text", "too-long", $"At most {longest[network]} characters on {network}; it has {length}.");
    }

    private static bool IsHttps(string url) => url.Length <= LongestUrl && Uri.TryCreate(url, UriKind.Absolute, out var given)
        && given is { Scheme: "https", Host.Length: > 0, UserInfo.Length: 0 };
}

/// <summary>A post as a shop sees it.</summary>
public sealed record PostShown(
    string Id, PostState State, IReadOnlyList<string> Networks, string Text, Uri? Link, Uri? ImageUrl, DateTimeOffset At, DateTimeOffset? PublishedAt,
    string? Reason, long Version, string Cursor)
{
    internal static PostShown Of(Post post) => new(
        post.PostId, post.State, post.Content.Networks, post.Content.Text, post.Content.Link, post.Content.ImageUrl, post.Content.At, post.PublishedAt,
        post.Reason, post.Version, post.Cursor);
}
