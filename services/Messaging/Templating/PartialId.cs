using Engagement.Messaging.Composing;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <summary>A partial that shops can say in their own words, in one language: <c>partials/greeting/it</c>.</summary>
/// <param name="Partial"><c>greeting</c> or <c>signature</c>.</param>
public readonly record struct PartialId(string Partial, string Language) : IWords
{
    private static readonly string[] Names = ["greeting", "signature"];

    public string Name => $"partials/{Partial}/{Language}";

    public string StreamKey => $"template/{Name}";

    public string Label => $"partials/{Partial}";

    public string BuiltIn => Partials.Of(Language)[Partial];

    public static IReadOnlyList<PartialId> All { get; } = [.. from name in Names from language in Languages.BuiltIn select new PartialId(name, language)];

    public static IEnumerable<PartialId> In(string language) => All.Where(id => id.Language == language);

    public IReadOnlyList<Finding> Lint(string source) => PartialLinter.Lint(this, source);

    public object Shown(ShopTemplate? own) => PartialSummary.Of(this, own);

    /// <summary>Of a route with <c>{name}</c> and <c>{language}</c>.</summary>
    /// <exception cref="Unanswerable">404: there is no such partial, or we don't write that language.</exception>
    public static ValueTask<PartialId> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var id = new PartialId($"{context.GetRouteValue("name")}", $"{context.GetRouteValue("language")}");
        return All.Contains(id)
            ? ValueTask.FromResult(id)
            : throw new Unanswerable(StatusCodes.Status404NotFound, new NoSuch("partial").Title);
    }
}

/// <summary>A partial as a shop manages it. <paramref name="Active"/> is null where the built-in words are in use.</summary>
public sealed record PartialSummary(string Name, string Language, int? Active, IReadOnlyList<VersionSummary> Versions)
{
    internal static PartialSummary Of(PartialId id, ShopTemplate? own) => new(id.Partial, id.Language, own?.Active, VersionSummary.Of(own));
}
