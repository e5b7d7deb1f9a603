using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Orders.Reading;

/// <summary>An order as it is now.</summary>
public static class GetOrder
{
    public static async Task<Results<Ok<Order>, NotFound>> Handle(string id, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return await session.Events.FetchLatest<Order>(Order.Key(new OrderId(id)), ct) is { } order ? TypedResults.Ok(order) : TypedResults.NotFound();
    }
}
