using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;

namespace Engagement.Bench.Cases;

internal sealed class ClaimOldCase : IBenchCase
{
    private const int Dead = 350_000;
    private const int Backlog = 25_600;   // 16 claims of 50 for each of 32 slots
    private const string Claim = "pg_try_advisory_xact_lock";
    private const string Look = "group by slot + 0, tenant";
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(4);

    public string Name => "claim-old";

    public string Description => "claims of 50 from a queue with 350,000 dead rows under an open snapshot; raw: the same from a fresh table";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using (var maker = await BenchHost.OpenService(database, "old")) await Templates.Make(database, maker, "old", empty: true, ct);

        await using var snapshot = new NpgsqlConnection(database.ConnectionString);
        await snapshot.OpenAsync(ct);
        await using var open = await snapshot.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using (var look = new NpgsqlCommand("select count(*) from templates", snapshot, open)) await look.ExecuteScalarAsync(ct);
        await Templates.Send(database, "old", Dead, ct);
        await Sql.Execute(database, "delete from bus.old", ct);

        await using var old = await BenchHost.OpenService(database, "old");
        await using var fresh = await BenchHost.OpenService(database, "fresh");
        using var spy = new SqlSpy(sql => sql.Contains("bus.old ", StringComparison.Ordinal) || sql.Contains("bus.fresh ", StringComparison.Ordinal));
        async Task<(List<RoundTrip> Old, List<RoundTrip> Fresh)> Drains(int rounds, string before)
        {
            var (ours, theirs) = (new List<RoundTrip>(), new List<RoundTrip>());
            for (var i = 0; i < rounds; i++)
            {
                ct.ThrowIfCancellationRequested();
                await Sql.Execute(database, before, ct);
                ours.AddRange(await Drain(database, old, "old", spy, ct));
                await Sql.Execute(database, "truncate bus.fresh", ct);   // what the round before left is dead as well
                theirs.AddRange(await Drain(database, fresh, "fresh", spy, ct));
            }

            return (ours, theirs);
        }

        await Drains(1, "select");   // compiled, and the low-water id known
        var dead = await Drains(settings.Rounds, "select");

        // What autovacuum leaves of a queue that was empty when it came: statistics that say it has no rows.
        await open.RollbackAsync(ct);
        var vacuumed = await Drains(settings.Rounds, "vacuum analyze bus.old");
        return
        [
            Compare($"{Name} p50", 0.50, Claim, dead),
            Compare($"{Name} p95", 0.95, Claim, dead),
            Compare($"{Name} look p50", 0.50, Look, dead),
            Compare($"{Name} vacuumed p50", 0.50, Claim, vacuumed),
        ];
    }

    private static async Task<IReadOnlyList<RoundTrip>> Drain(BenchDatabase database, BenchHost host, string queue, SqlSpy spy, CancellationToken ct)
    {
        await Task.Delay(Settle, TimeProvider.System, ct);
        spy.Take();
        var all = host.Arrivals.Count + Backlog;
        await Templates.Send(database, queue, Backlog, ct);
        await host.Arrivals.Reach(all, ct);
        return [.. spy.Take().Where(r => r.Sql.Contains($"bus.{queue} ", StringComparison.Ordinal))];
    }

    private static Result Compare(string name, double p, string marker, (List<RoundTrip> Old, List<RoundTrip> Fresh) of)
    {
        double Of(IEnumerable<RoundTrip> all) => Figures.Percentile(all.Where(r => r.Sql.Contains(marker, StringComparison.Ordinal)).Select(r => r.Duration.TotalMilliseconds), p);
        return new Result(name, Of(of.Old), "ms", Of(of.Fresh));
    }
}
