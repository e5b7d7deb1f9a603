namespace Engagement.Testing;

/// <summary>For what must come to the same in every order of arrival.</summary>
public static class Permutations
{
    /// <summary>All orders of so few things; seven make 5,040.</summary>
    public static IEnumerable<T[]> Of<T>(params T[] all) => all.Length <= 1
        ? [all]
        : all.SelectMany((one, i) => Of<T>([.. all[..i], .. all[(i + 1)..]]).Select(rest => (T[])[one, .. rest]));
}
