using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <summary>Saves words as the next version, a draft, if the linter finds nothing. The words of the latest version again are a repeat.</summary>
public sealed record SaveTemplate(string? Source);

public static class SaveTemplateEndpoint
{
    public static async Task<IResult> Handle<TId>(
        TId id, SaveTemplate request, HttpContext context, IDocumentStore store, TimeProvider clock, CancellationToken ct) where TId : IWords
    {
        ArgumentNullException.ThrowIfNull(request);
        var source = (request.Source ?? "").ReplaceLineEndings("\n");
        if (id.Lint(source) is { Count: > 0 } findings)
        {
            MessagingMetrics.TemplateRefused(context.Tenant(), id);
            return TemplateStore.Refused(findings);
        }

        var template = await store.ChangeAsync(context.Tenant(), id, known => Decide(known, source, clock.GetUtcNow()), ct);
        return TypedResults.Created($"/v1/templates/{id.Name}?version={template!.Latest}", id.Shown(template));
    }

    internal static IEnumerable<object> Decide(ShopTemplate? template, string source, DateTimeOffset now) =>
        template?.Versions[^1].Hash == SavedVersion.HashOf(source) ? [] : [new TemplateSaved((template?.Latest ?? 0) + 1, source, now)];
}
