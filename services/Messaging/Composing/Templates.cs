using System.Collections.Concurrent;
using System.Text;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Composing;

/// <summary>The templates that come with the product, compiled when first used.</summary>
public static class Templates
{
    /// <summary>What the product's own words count as, beside a shop's versions.</summary>
    public const int BuiltInVersion = 0;

    private static readonly ConcurrentDictionary<(MessageKind, string), Template> Compiled = new();

    /// <summary>The template in the customer's language, else the shop's, Italian, English.</summary>
    /// <param name="wanted">The customer's BCP 47 tag.</param>
    /// <param name="shops">The shop's.</param>
    public static Template BuiltIn(MessageKind kind, string? wanted, string? shops) =>
        Compiled.GetOrAdd((kind, Languages.Choose(wanted, shops, Languages.BuiltIn)), static key =>
            Template.Parse(key.Item1, key.Item2, SourceOf(key.Item1, key.Item2)));

    public static string SourceOf(MessageKind kind, string language) => Resource($"{kind.Name()}.{language}.md");

    internal static string Resource(string name)
    {
        using var stream = typeof(Templates).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"There is no built-in template {name}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
