using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

internal sealed class IdleCase : IBenchCase
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(10);

    public string Name => "idle";

    public string Description => "a host with nothing to do for 10 s: statements and round trips a second, and its share of a core";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenService(database, "idle");
        await new Sending(host, Sending.NextTally).Round(settings.Round, ct);   // compiled and warm, as a service is that has worked
        await Task.Delay(Settle, TimeProvider.System, ct);

        // The spy costs something itself, so the processor's time is taken without it.
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(Time, TimeProvider.System, ct);
        process.Refresh();
        var share = (process.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(began);

        using var spy = new SqlSpy(_ => true);
        began = Stopwatch.GetTimestamp();
        await Task.Delay(Time, TimeProvider.System, ct);
        var seen = spy.Take();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return
        [
            new Result($"{Name} processor", 100 * share, "% of a core"),
            new Result($"{Name} queries", seen.Sum(r => r.Statements) / seconds, "statements/s"),
            new Result($"{Name} round trips", seen.Count / seconds, "round trips/s"),
        ];
    }
}
