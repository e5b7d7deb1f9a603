using System.Security.Cryptography;
using System.Text;

namespace Engagement.Messaging.Templating;

/// <summary>A shop's own words for one kind of message in one language; its stream key is <c>template/{kind}/{language}</c>.</summary>
/// <param name="Activated">The versions in use one after the other, the last one now; each way back takes one away.</param>
public sealed record ShopTemplate(string Id, IReadOnlyList<SavedVersion> Versions, IReadOnlyList<int> Activated)
{
    /// <summary>The version in use; null when the built-in words are.</summary>
    public int? Active => Activated is [.., var last] ? last : null;

    public int Latest => Versions[^1].Version;

    public static ShopTemplate Create(IEvent<TemplateSaved> e) => new(e.StreamKey!, [SavedVersion.Of(e.Data)], []);

    public ShopTemplate Apply(TemplateSaved e) => this with { Versions = [.. Versions, SavedVersion.Of(e)] };

    public ShopTemplate Apply(TemplateActivated e) => this with { Activated = [.. Activated, e.Version] };

    public ShopTemplate Apply(TemplateRolledBack e) => this with { Activated = [.. Activated.SkipLast(1)] };
}

/// <summary>A version without its source, which lies in its event.</summary>
/// <param name="Hash">SHA-256 of the source, in hex.</param>
public sealed record SavedVersion(int Version, string Hash, DateTimeOffset SavedAt)
{
    public static SavedVersion Of(TemplateSaved e) => new(e.Version, HashOf(e.Source), e.At);

    public static string HashOf(string source) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)));
}

/// <summary>A draft was saved; it passed the linter. Versions count from 1 and are never written over.</summary>
public sealed record TemplateSaved(int Version, string Source, DateTimeOffset At);

/// <summary>From here on messages are written with this version.</summary>
public sealed record TemplateActivated(int Version, DateTimeOffset At);

/// <summary>The version in use went; <paramref name="To"/> is the one before it, null the built-in words.</summary>
public sealed record TemplateRolledBack(int Version, int? To, DateTimeOffset At);
