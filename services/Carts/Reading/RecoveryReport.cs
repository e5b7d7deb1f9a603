using System.Text.Json;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Engagement.Carts.Reading;

/// <summary>What was left and what was won back, by the day that it was left.</summary>
public sealed record RecoveryReport(DateOnly From, DateOnly To, RecoveryCounts All, IReadOnlyList<RecoveryDay> Days);

public sealed record RecoveryDay(DateOnly Day, RecoveryCounts Counts);

/// <param name="Rate">Recovered of what was abandoned, from 0 to 1.</param>
/// <param name="Value">Of what was left, a sum for each currency.</param>
/// <param name="RecoveredValue">Of the orders.</param>
/// <param name="Steps">By the step that was sent last before the order.</param>
/// <param name="Reasons">By what customers said; <c>null</c> for those who said nothing.</param>
public sealed record RecoveryCounts(
    long Abandoned, long Recovered, long Partial, double Rate, IReadOnlyList<Money> Value, IReadOnlyList<Money> RecoveredValue,
    IReadOnlyList<StepCounts> Steps, IReadOnlyList<ReasonCounts> Reasons);

/// <param name="Rate">Recovered by this step, of those that it was sent to.</param>
public sealed record StepCounts(int Step, long Sent, long Recovered, double Rate, IReadOnlyList<Money> RecoveredValue);

public sealed record ReasonCounts(CartReason? Reason, long Abandoned, long Recovered, double Rate, IReadOnlyList<Money> RecoveredValue);

public static class GetRecoveryReport
{
    /// <summary>By the index on Day.</summary>
    internal const string Sql =
        """
        select d.data ->> 'Day', d.data ->> 'Sent', d.data ->> 'Reason', (d.data ->> 'RecoveredStep')::int, (d.data ->> 'IsPartial')::boolean,
               d.data -> 'Value' ->> 'Currency', d.data -> 'Recovered' ->> 'Currency', count(*), coalesce(sum((d.data -> 'Value' ->> 'Amount')::numeric), 0),
               coalesce(sum((d.data -> 'Recovered' ->> 'Amount')::numeric), 0)
        from carts.mt_doc_abandonedcart d where d.tenant_id = $1 and d.data ->> 'Day' >= $2 and d.data ->> 'Day' <= $3 group by 1, 2, 3, 4, 5, 6, 7
        """;

    public static async Task<Ok<RecoveryReport>> Handle(
        DateOnly? from, DateOnly? to, HttpContext context, NpgsqlDataSource database, TimeProvider clock, CancellationToken ct)
    {
        var days = Days.Of(from, to, clock.GetUtcNow());
        await using var count = days.Command(database, Sql, context.Tenant());
        await using var reader = await count.ExecuteReaderAsync(ct);
        List<Row> rows = [];
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new(
                DateOnly.ParseExact(reader.GetString(0), "yyyy-MM-dd"), JsonSerializer.Deserialize<int[]>(reader.GetString(1))!,
                reader.IsDBNull(2) ? null : Enum.Parse<CartReason>(reader.GetString(2)), reader.IsDBNull(3) ? null : reader.GetInt32(3), reader.GetBoolean(4),
                reader.GetInt64(7), MoneyAt(reader, 5, 8), MoneyAt(reader, 6, 9)));
        }

        return TypedResults.Ok(new RecoveryReport(
            days.From, days.To, Count(rows), [.. rows.GroupBy(row => row.Day).OrderBy(day => day.Key).Select(day => new RecoveryDay(day.Key, Count([.. day])))]));
    }

    internal static RecoveryCounts Count(IReadOnlyList<Row> rows) => new(
        rows.Sum(row => row.Count), Won(rows), Won(rows.Where(row => row.IsPartial)), Rate(Won(rows), rows.Sum(row => row.Count)),
        Sum(rows.Select(row => row.Value)), Sum(rows.Select(row => row.Recovered)),
        [
            .. rows.SelectMany(row => row.Sent).Distinct().Order().Select(step =>
            {
                var (sent, won) = (rows.Where(row => row.Sent.Contains(step)).Sum(row => row.Count), rows.Where(row => row.Step == step).ToArray());
                return new StepCounts(step, sent, Won(won), Rate(Won(won), sent), Sum(won.Select(row => row.Recovered)));
            }),
        ],
        [
            .. rows.GroupBy(row => row.Reason).OrderBy(reason => reason.Key).Select(reason => new ReasonCounts(
                reason.Key, reason.Sum(row => row.Count), Won(reason), Rate(Won(reason), reason.Sum(row => row.Count)), Sum(reason.Select(row => row.Recovered)))),
        ]);

    private static long Won(IEnumerable<Row> rows) => rows.Where(row => row.Step is not null).Sum(row => row.Count);

    private static double Rate(long part, long all) => all == 0 ? 0 : Math.Round((double)part / all, 4);

    private static IReadOnlyList<Money> Sum(IEnumerable<Money?> amounts) =>
        [.. amounts.OfType<Money>().GroupBy(money => money.Currency).OrderBy(sum => sum.Key, StringComparer.Ordinal).Select(sum => sum.Aggregate(Money.Add))];

    private static Money? MoneyAt(NpgsqlDataReader reader, int currency, int amount) =>
        reader.IsDBNull(currency) ? null : new Money(reader.GetDecimal(amount), reader.GetString(currency));

    /// <summary>Abandonments that are alike.</summary>
    internal sealed record Row(DateOnly Day, int[] Sent, CartReason? Reason, int? Step, bool IsPartial, long Count, Money? Value, Money? Recovered);
}
