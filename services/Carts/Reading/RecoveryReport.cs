using System.Globalization;
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
    /// <summary>By the index on Counted, whose statistics say how few groups there are.</summary>
    internal const string Sql =
        """
        select d.data ->> 'Counted', count(*), coalesce(sum((d.data -> 'Value' ->> 'Amount')::numeric), 0),
               coalesce(sum((d.data -> 'Recovered' ->> 'Amount')::numeric), 0)
        from carts.mt_doc_abandonedcart d where d.tenant_id = $1 and d.data ->> 'Counted' >= $2 and d.data ->> 'Counted' < $3 || 'Z' group by 1
        """;

    public static async Task<Ok<RecoveryReport>> Handle(
        DateOnly? from, DateOnly? to, HttpContext context, NpgsqlDataSource database, TimeProvider clock, CancellationToken ct)
    {
        var days = Days.Of(from, to, clock.GetUtcNow());
        await using var count = days.Command(database, Sql, context.Tenant());
        await using var reader = await count.ExecuteReaderAsync(ct);
        List<Row> rows = [];
        while (await reader.ReadAsync(ct)) rows.Add(Row.Of(reader.GetString(0), reader.GetInt64(1), reader.GetDecimal(2), reader.GetDecimal(3)));

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

    /// <summary>Abandonments that are alike.</summary>
    internal sealed record Row(DateOnly Day, int[] Sent, CartReason? Reason, int? Step, bool IsPartial, long Count, Money? Value, Money? Recovered)
    {
        /// <param name="counted"><see cref="AbandonedCart.Counted"/>.</param>
        public static Row Of(string counted, long count, decimal value, decimal recovered)
        {
            Money? In(string currency, decimal amount) => currency.Length == 0 ? null : new Money(amount, currency);
            int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
            var part = counted.Split(' ');
            return new(
                DateOnly.ParseExact(part[0], "yyyy-MM-dd", CultureInfo.InvariantCulture),
                [.. part[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)],
                part[2].Length == 0 ? null : Enum.Parse<CartReason>(part[2]), part[3].Length == 0 ? null : Number(part[3]), bool.Parse(part[4]), count,
                In(part[5], value), In(part[6], recovered));
        }
    }
}
