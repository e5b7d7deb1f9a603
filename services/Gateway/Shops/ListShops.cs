using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Shops;

/// <summary>The shops of this installation by their ids; <c>after</c> goes on where a list ended.</summary>
public static class ListShops
{
    private const int PageSize = 1000;

    public static async Task<Ok<IReadOnlyList<RegisteredShop>>> Handle(IDocumentStore store, string? after, CancellationToken ct)
    {
        await using var session = store.QuerySession(ApiKeys.Registry);
        return TypedResults.Ok(await session.QueryAsync<RegisteredShop>("where d.id > ? order by d.id limit ?", ct, after ?? "", PageSize));
    }
}
