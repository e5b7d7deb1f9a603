using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;

namespace Engagement.Bench.Cases;

internal sealed class HopCase : IBenchCase
{
    private const int WarmUps = 20;
    private const int Hops = 100;

    public string Name => "hop";

    public string Description => "an event recorded in one host, handled and committed in another, idle system; raw: the same rows, NOTIFY and LISTEN";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var receiver = await BenchHost.OpenService(database, "receiver");
        await using var sender = await BenchHost.OpenService(database, "sender", options => options.PublishMessage<OrderTaken>().ToPostgresqlQueue("receiver"));
        await using (await BenchHost.OpenService(database, "raw"))
        {
            // Started once: its queue's tables are what the raw side works on.
        }

        await using var connections = new RawConnections(database);
        await using var raw = await RawHop.Open(connections, ct);
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var i = 0; i < WarmUps + Hops; i++)
        {
            // Idle, and at no fixed beat: any moment between two polls is as likely.
            await Task.Delay(TimeSpan.FromMilliseconds(60 + Random.Shared.Next(80)), TimeProvider.System, ct);
            var engine = await Hop(sender, receiver, $"engine/{i}", ct);
            await Task.Delay(TimeSpan.FromMilliseconds(60 + Random.Shared.Next(80)), TimeProvider.System, ct);
            var plain = await raw.Hop($"raw/{i}", ct);
            if (i < WarmUps) continue;
            ours.Add(engine.TotalMilliseconds);
            theirs.Add(plain.TotalMilliseconds);
        }

        Result At(int percent) => new($"{Name} p{percent}", Figures.Percentile(ours, percent / 100.0), "ms", Figures.Percentile(theirs, percent / 100.0));
        return [At(50), At(95), At(99)];
    }

    private static async Task<TimeSpan> Hop(BenchHost sender, BenchHost receiver, string key, CancellationToken ct)
    {
        var arrived = receiver.Arrivals.Reach(receiver.Arrivals.Count + 1, ct);
        var began = Stopwatch.GetTimestamp();
        await sender.Invoke(new TakeOrder(key, TimeProvider.System.GetUtcNow()));
        await arrived;
        return Stopwatch.GetElapsedTime(began, receiver.Arrivals.LastTimestamp);
    }
}
