using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

internal sealed class DepthCase : IBenchCase
{
    private const int Shallow = 1_000;
    private const int Deep = 200_000;

    public string Name => "depth";

    public string Description => "bytes allocated per message while a queue of 200,000 is worked off; raw: while one of 1,000 is";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenService(database, "depth");
        await Templates.Make(database, host, "depth", empty: true, ct);

        async Task<double> Drain(int depth)
        {
            var all = host.Arrivals.Count + depth;
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            await Templates.Send(database, "depth", depth, ct);
            await host.Arrivals.Reach(all, ct);
            return (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / depth;
        }

        for (var i = 0; i < 20; i++) await Drain(Shallow);   // the first ones compile
        var (deep, shallow) = (new List<double>(), new List<double>());
        for (var i = 0; i < settings.Rounds; i++)
        {
            for (var j = 0; j < 10; j++) shallow.Add(await Drain(Shallow));
            deep.Add(await Drain(Deep));
        }

        return [new Result(Name, Figures.Median(deep), "bytes/message", Figures.Median(shallow))];
    }
}
