namespace Engagement.Messaging.Templating;

/// <summary>Words that a shop can have versions of its own of: a template, or a partial.</summary>
public interface IWords
{
    /// <summary>As routes name it: <c>thank-you/it</c>, <c>partials/greeting/it</c>.</summary>
    string Name { get; }

    string StreamKey { get; }

    /// <summary>What metrics call it, whatever its language.</summary>
    string Label { get; }

    /// <summary>The product's own words.</summary>
    string BuiltIn { get; }

    /// <summary>Empty where the words are fine.</summary>
    IReadOnlyList<Finding> Lint(string source);

    /// <summary>How a shop sees it.</summary>
    object Shown(ShopTemplate? own);
}
