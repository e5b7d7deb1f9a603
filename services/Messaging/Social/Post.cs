using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>The shop's own id of a post, or ours where it gave none.</summary>
[JsonConverter(typeof(KeyConverter<PostId>))]
public readonly partial record struct PostId(string Value) : IKey<PostId>
{
    public bool IsValid => Value is not null && Id().IsMatch(Value);

    public static PostId From(string value) => new(value);

    public static implicit operator string(PostId id) => id.Value;

    public override string ToString() => Value;

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex Id();
}

/// <summary>What a post says, where and when. Never anything personal.</summary>
/// <param name="Networks">Sorted, each once.</param>
public sealed record PostContent(IReadOnlyList<string> Networks, string Text, Uri? Link, Uri? ImageUrl, DateTimeOffset At)
{
    /// <exception cref="Invalid">Its time has gone by.</exception>
    public void MustBeToCome(DateTimeOffset now)
    {
        if (At <= now) throw new Invalid(new FieldError("/at", "past", "A time to come."));
    }

    public bool Equals(PostContent? other) => other is not null && Networks.SequenceEqual(other.Networks)
        && (Text, Link?.OriginalString, ImageUrl?.OriginalString, At) == (other.Text, other.Link?.OriginalString, other.ImageUrl?.OriginalString, other.At);

    public override int GetHashCode() => HashCode.Combine(Text, At);
}

/// <summary>One post of a shop's calendar; its stream key is <c>post/{id}</c>.</summary>
/// <param name="First">As it was planned at first: the same again is a repeat.</param>
public sealed record Post(string Id, PostContent First, PostContent Content)
{
    private const string Prefix = "post/";

    public PostState State { get; init; } = PostState.Planned;

    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Why it was not posted: <c>stale</c>, <c>http 403</c>…</summary>
    public string? Reason { get; init; }

    /// <summary>The stream's.</summary>
    public long Version { get; init; }

    /// <summary>Its place in the calendar: text that sorts as the times do.</summary>
    public string Cursor => $"{CursorBefore(Content.At)} {PostId}";

    [JsonIgnore]
    public PostId PostId => new(Id[Prefix.Length..]);

    public static string StreamKey(PostId id) => Prefix + id.Value;

    /// <summary>Where the posts of this time begin.</summary>
    public static string CursorBefore(DateTimeOffset at) => $"{at.UtcDateTime:O}";

    public static Post Create(IEvent<PostPlanned> e) => new(e.StreamKey!, e.Data.Content, e.Data.Content) { Version = 1 };

    public Post Apply(PostChanged e) => Next() with { Content = e.Content, State = PostState.Planned, Reason = null };

    public Post Apply(PostCancelled e) => Next() with { State = PostState.Cancelled, Reason = null };

    public Post Apply(PostPublished e) => Next() with { State = PostState.Published, PublishedAt = e.At, Reason = null };

    public Post Apply(PostFailed e) => Next() with { State = PostState.Failed, Reason = e.Reason };

    private Post Next() => this with { Version = Version + 1 };
}

public enum PostState
{
    Planned,
    Published,
    Cancelled,
    Failed,
}
