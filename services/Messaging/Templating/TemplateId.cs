using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <summary>One kind of message in one language, as routes and stream keys name it: <c>thank-you/it</c>.</summary>
public readonly record struct TemplateId(MessageKind Kind, string Language) : IWords
{
    public string Name => $"{Kind.Name()}/{Language}";

    public string StreamKey => $"template/{Name}";

    public string Label => Kind.ToString();

    public string BuiltIn => Templates.SourceOf(Kind, Language);

    public IReadOnlyList<Finding> Lint(string source) => Linter.Lint(Kind, Language, source);

    public object Shown(ShopTemplate? own) => TemplateSummary.Of(this, own);

    public static IReadOnlyList<TemplateId> All { get; } =
        [.. from kind in MessageKinds.All from language in Languages.BuiltIn select new TemplateId(kind, language)];

    /// <summary>Of a route with <c>{kind}</c> and <c>{language}</c>.</summary>
    /// <exception cref="Unanswerable">404: there is no such message, or we don't write that language.</exception>
    public static ValueTask<TemplateId> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var name = $"{context.GetRouteValue("kind")}/{context.GetRouteValue("language")}";
        return All.Any(id => id.Name == name)
            ? ValueTask.FromResult(All.First(id => id.Name == name))
            : throw new Unanswerable(StatusCodes.Status404NotFound, new NoSuch("template").Title);
    }
}
