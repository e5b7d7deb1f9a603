using Engagement.Carts.Settings;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Engagement.Carts.Reading;

/// <summary>Where people give up: the carts that were begun in a time, by how far they came.</summary>
/// <param name="Unknown">Steps that were told and are not in the settings: they count for nothing.</param>
public sealed record Funnel(DateOnly From, DateOnly To, IReadOnlyList<FunnelStep> Steps, IReadOnlyList<UnknownStep> Unknown);

public sealed record UnknownStep(string Step, long Carts);

/// <param name="Step"><c>cart</c>, then the steps of the checkout as the settings have them, then <c>bought</c>.</param>
/// <param name="Reached">Carts that came so far, or further.</param>
/// <param name="Left">Carts that came no further, and were left.</param>
public sealed record FunnelStep(string Step, long Reached, long Left);

public static class GetFunnel
{
    /// <summary>By the index on ids alone; the days are UTC's.</summary>
    internal const string Sql =
        """
        select split_part(id, ' ', 2), count(*) from carts.mt_doc_countedcart where tenant_id = $1 and id >= $2 and id < $3 || 'Z' group by 1
        """;

    public static async Task<Ok<Funnel>> Handle(
        DateOnly? from, DateOnly? to, HttpContext context, NpgsqlDataSource database, IDocumentStore store, TimeProvider clock, CancellationToken ct)
    {
        var days = Days.Of(from, to, clock.GetUtcNow());
        await using var session = store.QuerySession(context.Tenant());
        var settings = await session.SettingsAsync<CartsSettings>(ct);
        await using var count = days.Command(database, Sql, context.Tenant());
        await using var reader = await count.ExecuteReaderAsync(ct);
        List<(CountedAs, string[], long)> counted = [];
        while (await reader.ReadAsync(ct))
        {
            if (reader.GetString(0).Split(':') is [var what, var steps]) counted.Add((Enum.Parse<CountedAs>(what), steps.Split(','), reader.GetInt64(1)));
        }

        string[] checkout = [.. settings.Checkout().Select(step => step.Name)];
        return TypedResults.Ok(new Funnel(days.From, days.To, Of(counted, checkout), Unknown(counted, checkout)));
    }

    internal static IReadOnlyList<UnknownStep> Unknown(IReadOnlyList<(CountedAs What, string[] Steps, long Count)> counted, IReadOnlyList<string> checkout) =>
    [
        .. counted.SelectMany(c => c.Steps.Where(step => step.Length > 0 && !checkout.Contains(step)).Select(step => (Step: step, c.Count)))
            .GroupBy(told => told.Step).Select(told => new UnknownStep(told.Key, told.Sum(c => c.Count))).OrderByDescending(told => told.Carts).Take(20),
    ];

    /// <summary>Whoever came to a step has passed those before it, told or not.</summary>
    internal static IReadOnlyList<FunnelStep> Of(IReadOnlyList<(CountedAs What, string[] Steps, long Count)> counted, IReadOnlyList<string> checkout)
    {
        var bought = checkout.Count + 1;
        int Furthest(CountedAs what, string[] steps) => what == CountedAs.Bought ? bought : checkout.ToList().FindLastIndex(steps.Contains) + 1;
        string NameOf(int place) => place == 0 ? "cart" : place == bought ? "bought" : checkout[place - 1];
        var carts = counted.Select(c => (c.What, Furthest: Furthest(c.What, c.Steps), c.Count)).ToArray();
        return
        [
            .. Enumerable.Range(0, bought + 1).Select(place => new FunnelStep(
                NameOf(place),
                carts.Where(c => c.Furthest >= place).Sum(c => c.Count),
                carts.Where(c => c.Furthest == place && c.What == CountedAs.Left).Sum(c => c.Count))),
        ];
    }
}

/// <summary>A time that counts are asked for, both days included; the last 30 days where nothing is said.</summary>
internal readonly record struct Days(DateOnly From, DateOnly To)
{
    private const int Most = 366;

    public static Days Of(DateOnly? from, DateOnly? to, DateTimeOffset now)
    {
        var last = to ?? DateOnly.FromDateTime(now.UtcDateTime).AddDays(1);   // it may be tomorrow where the shop is
        var first = from ?? DateOnly.FromDayNumber(Math.Max(0, last.DayNumber - 30));
        return first <= last && last.DayNumber - first.DayNumber <= Most
            ? new(first, last)
            : throw new Invalid(new FieldError("/from", "out_of_range", $"Not after 'to', and at most {Most} days before."));
    }

    public NpgsqlCommand Command(NpgsqlDataSource database, string sql, string tenant)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = $"{From:yyyy-MM-dd}" });
        command.Parameters.Add(new() { Value = $"{To:yyyy-MM-dd}" });
        return command;
    }
}
