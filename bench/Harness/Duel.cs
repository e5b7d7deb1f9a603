using System.Diagnostics;

namespace Engagement.Bench.Harness;

/// <summary>What one side reached in one round.</summary>
internal sealed record Round(long Operations, TimeSpan Elapsed, long Allocated)
{
    public double PerSecond => Operations / Elapsed.TotalSeconds;

    public double Bytes => (double)Allocated / Math.Max(1, Operations);
}

/// <summary>Engine and raw side in turn, round by round, so that what else the machine does meets both.</summary>
internal static class Duel
{
    /// <summary>Operations per second of concurrent workers; <paramref name="engine"/> and <paramref name="raw"/> give each worker its operation.</summary>
    public static Task<Result> Operations(
        string name, string unit, Func<int, Func<Task>> engine, Func<int, Func<Task>> raw, BenchSettings settings, CancellationToken ct)
    {
        Func<Task>[] ours = [.. Enumerable.Range(0, BenchSettings.Workers).Select(engine)];
        Func<Task>[] theirs = [.. Enumerable.Range(0, BenchSettings.Workers).Select(raw)];
        return Rounds(name, unit, time => Concurrently(ours, time, ct), time => Concurrently(theirs, time, ct), settings, ct);
    }

    /// <summary>Medians of rounds that each side plays by itself; one round of each beforehand does not count.</summary>
    public static async Task<Result> Rounds(
        string name, string unit, Func<TimeSpan, Task<Round>> engine, Func<TimeSpan, Task<Round>> raw, BenchSettings settings, CancellationToken ct)
    {
        await engine(settings.Round);
        await raw(settings.Round);
        var (ours, theirs) = (new List<Round>(), new List<Round>());
        for (var i = 0; i < settings.Rounds; i++)
        {
            ct.ThrowIfCancellationRequested();
            if (i % 2 == 0) ours.Add(await engine(settings.Round));
            theirs.Add(await raw(settings.Round));
            if (i % 2 == 1) ours.Add(await engine(settings.Round));
            Console.Error.WriteLine(FormattableString.Invariant($"  {name} {i + 1}: engine {ours[^1].PerSecond:#,0} {unit}, raw {theirs[^1].PerSecond:#,0}"));
        }

        return new Result(
            name, Figures.Median(ours.Select(r => r.PerSecond)), unit, Figures.Median(theirs.Select(r => r.PerSecond)),
            Figures.Median(ours.Select(r => r.Bytes)), Figures.Median(theirs.Select(r => r.Bytes)))
        {
            Ratio = Figures.Median(ours.Zip(theirs, (our, their) => our.PerSecond / their.PerSecond)),
        };
    }

    /// <summary>Runs each worker's operation again and again; what is under way at the end is finished and counted.</summary>
    public static async Task<Round> Concurrently(IReadOnlyList<Func<Task>> workers, TimeSpan time, CancellationToken ct)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(workers.Select(operation => Task.Run(async () =>
        {
            long count = 0;
            for (; Stopwatch.GetElapsedTime(began) < time && !ct.IsCancellationRequested; count++) await operation();
            return count;
        }, ct)));
        return new Round(counts.Sum(), Stopwatch.GetElapsedTime(began), GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }
}
