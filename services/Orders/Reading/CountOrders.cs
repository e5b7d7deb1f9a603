using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Engagement.Orders.Reading;

/// <summary>How many orders a shop has: by state, late, and with a check-in that nobody has answered.</summary>
public static class CountOrders
{
    /// <summary>Each by its index alone.</summary>
    internal const string Sql =
        """
        select data ->> 'Status', count(*) from orders.mt_doc_order where tenant_id = $1 group by 1
        union all
        select 'late', count(*) from orders.mt_doc_order where tenant_id = $1 and cast(data ->> 'IsLate' as boolean) = true
        union all
        select 'check-in', count(*) from orders.mt_doc_order where tenant_id = $1 and cast(data ->> 'IsCheckInOpen' as boolean) = true
        """;

    public static async Task<Ok<Counts>> Handle(HttpContext context, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var count = database.CreateCommand(Sql);
        count.Parameters.Add(new() { Value = context.Tenant() });
        await using var reader = await count.ExecuteReaderAsync(ct);
        Dictionary<string, long> counted = [];
        while (await reader.ReadAsync(ct)) counted[reader.GetString(0)] = reader.GetInt64(1);
        counted.Remove("late", out var late);
        counted.Remove("check-in", out var unanswered);
        return TypedResults.Ok(new Counts(counted, late, unanswered));
    }

    public sealed record Counts(IReadOnlyDictionary<string, long> ByState, long Late, long UnansweredCheckIns);
}
