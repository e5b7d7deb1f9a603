using Engagement.Messaging.Composing;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <summary>
/// From now on messages are written with this version. It is linted again: rules may have come since it was saved, and the shop's own words that it meets.
/// </summary>
public sealed record ActivateTemplate(int Version);

public static class ActivateTemplateEndpoint
{
    public static async Task<IResult> Handle<TId>(
        TId id, ActivateTemplate request, HttpContext context, IDocumentStore store, TimeProvider clock, CancellationToken ct) where TId : IWords
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var session = store.QuerySession(context.Tenant());
        if (request.Version == Templates.BuiltInVersion) return TemplateStore.NoSuchVersion();   // that is where rolling back leads
        if (await session.SourceOfAsync(id, request.Version, ct) is not { } source) return TemplateStore.NoSuchVersion();
        var findings = id.Lint(source);
        if (findings.Count == 0) findings = await session.LintTogetherAsync(id, source, ct);
        if (findings.Count > 0)
        {
            MessagingMetrics.TemplateRefused(context.Tenant(), id);
            return TemplateStore.Refused(findings);
        }

        var template = await store.ChangeAsync(context.Tenant(), id, known => Decide(known!, request.Version, clock.GetUtcNow()), ct);
        return TypedResults.Ok(id.Shown(template));
    }

    internal static IEnumerable<object> Decide(ShopTemplate template, int version, DateTimeOffset now) =>
        template.Active == version ? [] : [new TemplateActivated(version, now)];
}
