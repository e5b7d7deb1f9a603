using System.Collections.Frozen;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Composing;

/// <summary>What many mails say in the same words: <c>{{> greeting}}</c>.</summary>
internal static class Partials
{
    private static readonly string[] Names = ["cart", "greeting", "parcel", "signature", "unsubscribe"];

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> ByLanguage = Languages.BuiltIn.ToFrozenDictionary(
        language => language,
        language => Names.ToFrozenDictionary(name => name, name => Templates.Resource($"_{name}.{language}.md")));

    /// <summary>The sources, by name.</summary>
    public static IReadOnlyDictionary<string, string> Of(string language) => ByLanguage[language];
}
