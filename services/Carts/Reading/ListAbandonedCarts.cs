using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Carts.Reading;

/// <summary>A shop's abandoned carts, the last one first.</summary>
public static class ListAbandonedCarts
{
    public static async Task<Ok<IReadOnlyList<AbandonedCart>>> Handle(
        [AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct) =>
        TypedResults.Ok(await store.ListAsync<AbandonedCart>(context.Tenant(), Sql(query), ct));

    /// <summary>By the index on what is asked for, and Cursor, where something is, else by that on Cursor.</summary>
    internal static SqlStatement Sql(Query query) => new ListPage(query.After, query.Limit, descending: true)
        .With(nameof(AbandonedCart.State), query.State)
        .With(nameof(AbandonedCart.Reason), query.Reason)
        .With(nameof(AbandonedCart.CheckoutStep), query.Step)
        .With(nameof(AbandonedCart.Customer), query.Customer)
        .Sql;

    /// <param name="Step">Of the checkout.</param>
    /// <param name="After">The cursor of the last cart of the page before.</param>
    public sealed record Query(
        AbandonedCartState? State = null, CartReason? Reason = null, string? Step = null, string? Customer = null,
        [FromQuery] string? After = null, int? Limit = null);
}
