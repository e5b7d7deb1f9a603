using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Orders.Reading;

/// <summary>A shop's orders, the newest at the top. A page goes on after an order's cursor.</summary>
public static class ListOrders
{
    private const int Most = 1000;

    /// <summary>Later than any time.</summary>
    private const string Newest = "9";

    public static async Task<Ok<IReadOnlyList<Order>>> Handle([AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        var sql = Sql(query);
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(await session.QueryAsync<Order>(sql.Sql, ct, sql.Args));
    }

    /// <summary>By the index of the one filter that leaves the fewest.</summary>
    internal static SqlStatement Sql(Query query)
    {
        List<string> conditions = [];
        List<object> arguments = [];
        void Where(string condition, object? value)
        {
            if (value is null) return;
            conditions.Add(condition);
            arguments.Add(value is bool ? value : value.ToString()!);
        }

        Where("d.data ->> 'Customer' = ?", query.Customer);
        Where("cast(d.data ->> 'IsCheckInOpen' as boolean) = ?", query.UnansweredCheckIn);
        Where("cast(d.data ->> 'IsLate' as boolean) = ?", query.Late);
        Where("d.data ->> 'Status' = ?", query.State);
        Where("d.data ->> 'Cursor' < ?", query.After ?? Newest);
        return new SqlStatement(
            $"where {string.Join(" and ", conditions)} order by d.data ->> 'Cursor' desc limit ?", [.. arguments, Math.Clamp(query.Limit ?? 100, 1, Most)]);
    }

    /// <param name="After">The cursor of the last order of the page before.</param>
    public sealed record Query(
        OrderStatus? State = null, bool? Late = null, [property: FromQuery(Name = "unanswered_check_in")] bool? UnansweredCheckIn = null, string? Customer = null,
        string? After = null, int? Limit = null);
}
