using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Orders.Reading;

/// <summary>A shop's orders, the newest at the top.</summary>
public static class ListOrders
{
    public static async Task<Ok<IReadOnlyList<Order>>> Handle([AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct) =>
        TypedResults.Ok(await store.ListAsync<Order>(context.Tenant(), Sql(query), ct));

    /// <summary>By the index of the one filter that leaves the fewest.</summary>
    internal static SqlStatement Sql(Query query) => new ListPage(query.After, query.Limit, descending: true)
        .With(nameof(Order.Customer), query.Customer)
        .With(nameof(Order.IsCheckInOpen), query.UnansweredCheckIn)
        .With(nameof(Order.IsLate), query.Late)
        .With(nameof(Order.Status), query.State)
        .Sql;

    /// <param name="After">The cursor of the last order of the page before.</param>
    public sealed record Query(
        OrderStatus? State = null, bool? Late = null, [property: FromQuery(Name = "unanswered_check_in")] bool? UnansweredCheckIn = null,
        string? Customer = null, string? After = null, int? Limit = null);
}
