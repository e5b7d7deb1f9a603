using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

internal sealed class TimersCase : IBenchCase
{
    private const int PerSecond = 2000;
    private const int Seconds = 10;
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(5);

    public string Name => "timers";

    public string Description => "lag of 2,000 timers due a second while many more are pending, and messages/s with them pending; raw: messages/s with none";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenService(database, "full");
        await using var calm = await BenchHost.OpenService(database, "calm");
        await Templates.Make(database, host, "full", empty: false, ct);
        foreach (var one in new[] { host, calm }) await new Sending(one, Sending.NextTally).Round(settings.Round, ct);   // the first seconds compile
        await Templates.Schedule(database, "full", settings.Timers, TimeProvider.System.GetUtcNow().AddDays(30), 1, ct);
        await Sql.Execute(database, "vacuum analyze", ct);

        const int due = PerSecond * Seconds;
        var all = host.Arrivals.Count + due;
        await Templates.Schedule(database, "full", due, TimeProvider.System.GetUtcNow() + Lead, PerSecond, ct);
        await host.Arrivals.Reach(all, ct);
        var lags = host.Arrivals.TakeLags();
        if (lags.Length != due) throw new InvalidOperationException($"{due} timers were due, {lags.Length} fired.");

        var (full, none) = (new Sending(host, Sending.NextTally), new Sending(calm, Sending.NextTally));
        return
        [
            new Result($"{Name} lag p50", Figures.Percentile(lags, 0.50), "ms"),
            new Result($"{Name} lag p99", Figures.Percentile(lags, 0.99), "ms"),
            await Duel.Rounds($"{Name} throughput", "messages/s", time => full.Round(time, ct), time => none.Round(time, ct), settings, ct),
        ];
    }
}
