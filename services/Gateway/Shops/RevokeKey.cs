using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Shops;

/// <summary>Ends a key at once; every instance has noticed a second later.</summary>
public static class RevokeKey
{
    public static async Task<Results<NoContent, NoSuch>> Handle(string shop, string id, IDocumentStore store, TimeProvider clock, CancellationToken ct)
    {
        await using var session = store.LightweightSession(ApiKeys.Registry);
        if ((await session.KeysOf(shop, ct)).FirstOrDefault(key => key.PublicId() == id) is not { } key) return new NoSuch("key");
        if (key.RevokedAt is null)
        {
            session.End(key, nameof(ApiKey.RevokedAt), clock.GetUtcNow());
            await session.SaveChangesAsync(ct);
        }

        return TypedResults.NoContent();
    }
}
