namespace Engagement.ServiceDefaults;

/// <summary>Which of our languages a customer is written to in.</summary>
public static class Languages
{
    public static readonly IReadOnlyList<string> BuiltIn = ["it", "en"];

    /// <summary>The customer's own if we write it, else the shop's, else Italian, else English.</summary>
    public static string Choose(string? wanted, string? shops, IReadOnlyCollection<string> available) =>
        new[] { wanted, shops, "it", "en" }.Select(Primary).FirstOrDefault(language => language is not null && available.Contains(language))
        ?? throw new InvalidOperationException("There is neither an Italian nor an English text.");

    /// <summary>The language of a BCP 47 tag: <c>it</c> of <c>it-IT</c>. POSIX spelling (<c>it_IT.UTF-8</c>) is understood.</summary>
    public static string? Primary(string? tag) => Subtags(tag).FirstOrDefault();

    /// <summary>The region of a BCP 47 tag: <c>US</c> of <c>en-Latn-US</c>.</summary>
    public static string? Region(string? tag) =>
        Subtags(tag).Skip(1).FirstOrDefault(part => part.Length == 2 && part.All(char.IsAsciiLetter))?.ToUpperInvariant();

    private static string[] Subtags(string? tag) => tag is null
        ? []
        : tag.Trim().ToLowerInvariant().Split(['-', '_', '.'], StringSplitOptions.RemoveEmptyEntries);
}
