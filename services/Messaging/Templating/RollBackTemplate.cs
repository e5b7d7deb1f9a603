using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <summary>Takes the version in use away: the one before it is in use again, or the built-in words.</summary>
public static class RollBackTemplateEndpoint
{
    public static async Task<IResult> Handle<TId>(TId id, HttpContext context, IDocumentStore store, TimeProvider clock, CancellationToken ct)
        where TId : IWords =>
        TypedResults.Ok(id.Shown(await store.ChangeAsync(context.Tenant(), id, template => Decide(template, clock.GetUtcNow()), ct)));

    /// <exception cref="Rejected">No version of the shop's own is in use.</exception>
    internal static IEnumerable<object> Decide(ShopTemplate? template, DateTimeOffset now) => template is { Active: { } version, Activated: var all }
        ? [new TemplateRolledBack(version, all.Count > 1 ? all[^2] : null, now)]
        : throw new Rejected("nothing-active", "The built-in words are in use already: there is nothing before them.");
}
