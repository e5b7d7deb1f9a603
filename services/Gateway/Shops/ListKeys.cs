using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Shops;

/// <summary>A shop's keys, the oldest first, also those that were revoked.</summary>
public static class ListKeys
{
    public static async Task<Results<Ok<IEnumerable<ShownKey>>, NoSuch>> Handle(string shop, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(ApiKeys.Registry);
        if (await session.LoadAsync<RegisteredShop>(shop, ct) is null) return new NoSuch("shop");
        var keys = await session.KeysOf(shop, ct);
        var uses = (await session.LoadManyAsync<KeyUse>(ct, [.. keys.Select(key => key.Id)])).ToDictionary(use => use.Id, use => use.LastUsedAt);
        return TypedResults.Ok(keys.Select(key => ShownKey.Of(key, uses.TryGetValue(key.Id, out var at) ? at : null)));
    }
}
