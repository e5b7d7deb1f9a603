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
        var order = new OrderId(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));   // the one escape that ASP.NET Core leaves in a path
        return await session.Events.FetchLatest<Order>(Order.Key(order), ct) is { } found ? TypedResults.Ok(found) : TypedResults.NotFound();
    }
}
