using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Carts.Reading;

/// <summary>A shop's abandoned carts, the last one first. A page goes on after a cart's cursor.</summary>
public static class ListAbandonedCarts
{
    private const int Most = 1000;

    public static async Task<Ok<IReadOnlyList<AbandonedCart>>> Handle([AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        var sql = Sql(query);
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(await session.QueryAsync<AbandonedCart>(sql.Sql, ct, sql.Args));
    }

    /// <summary>By the index on State or Customer, and Cursor, where one is asked for, else by that on Cursor.</summary>
    internal static SqlStatement Sql(Query query)
    {
        List<string> conditions = [];
        List<object> arguments = [];
        void Where(string condition, object? value)
        {
            if (value is null) return;
            conditions.Add(condition);
            arguments.Add(value.ToString()!);
        }

        Where("d.data ->> 'State' = ?", query.State);
        Where("d.data ->> 'Cursor' < ?", query.After ?? "~");   // after every time
        Where("d.data ->> 'Reason' = ?", query.Reason);
        Where("d.data ->> 'CheckoutStep' = ?", query.Step);
        Where("d.data ->> 'Customer' = ?", query.Customer);
        return new SqlStatement($"where {string.Join(" and ", conditions)} order by d.data ->> 'Cursor' desc limit ?", [.. arguments, Math.Clamp(query.Limit ?? 100, 1, Most)]);
    }

    /// <param name="Step">Of the checkout.</param>
    /// <param name="After">The cursor of the last cart of the page before.</param>
    public sealed record Query(
        AbandonedCartState? State = null, CartReason? Reason = null, string? Step = null, string? Customer = null,
        [FromQuery] string? After = null, int? Limit = null);
}
