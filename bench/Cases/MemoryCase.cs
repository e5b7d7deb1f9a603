using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

internal sealed class MemoryCase : IBenchCase
{
    private const int Streams = 100;
    private const int Operations = 2_000;

    public string Name => "memory";

    public string Description => "bytes that .NET allocates per event, in append and in load, one worker; raw: plain Npgsql, as there";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenStore(database, snapshots: false);
        var keys = await History.Orders(database, host, Streams, LoadCase.Length, ct);
        await using var connections = new RawConnections(database);
        var writer = await AppendCase.RawWriter.On(await connections.Open(ct));
        var reader = await LoadCase.RawReader.On(await connections.Open(ct));

        return
        [
            new Result(
                "memory append",
                await PerEvent(AppendCase.Length, i => AppendCase.Start(host, $"ours/{i}", ct)), "bytes/event",
                await PerEvent(AppendCase.Length, i => writer.Start($"raw/{i}", AppendCase.Events(), ct))),
            new Result(
                "memory load",
                await PerEvent(LoadCase.Length, i => LoadCase.Load(host, keys[i % Streams], ct)), "bytes/event",
                await PerEvent(LoadCase.Length, async i => LoadCase.Check(await reader.Load(keys[i % Streams], ct)))),
        ];
    }

    /// <summary>The first half warms up.</summary>
    private static async Task<double> PerEvent(int events, Func<int, Task> operation)
    {
        for (var i = 0; i < Operations; i++) await operation(i);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = Operations; i < 2 * Operations; i++) await operation(i);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(Operations * events);
    }
}
