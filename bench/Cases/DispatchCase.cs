using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

internal sealed class DispatchCase : IBenchCase
{
    public string Name => "dispatch";

    public string Description => "a durable message, sent and handled with one document updated, 16 senders; raw: an insert per send, then delete, select and update in batches of 50";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenService(database, "engine");
        await using (await BenchHost.OpenService(database, "raw"))
        {
            // Started once: its queue's tables are what the raw side works on.
        }

        await using var connections = new RawConnections(database);
        var raw = await RawQueue.Open(connections, "bus.raw", ct);
        var sending = new Sending(host);

        var result = await Duel.Rounds(Name, "messages/s", time => sending.Round(time, ct), time => raw.Round(time, ct), settings, ct);

        var told = await Sql.Scalar<decimal>(database, "select sum((data ->> 'Total')::bigint) from shop.mt_doc_tally", ct);
        if (told != sending.Sent + raw.Sent) throw new InvalidOperationException($"{sending.Sent + raw.Sent} messages were sent, but the tallies say {told}.");
        return [result];
    }
}

/// <summary>The engine's side: sixteen senders for a while, until the last message is handled.</summary>
internal sealed class Sending
{
    /// <summary>How many documents the messages are spread over.</summary>
    public const int Keys = 10_000;

    private readonly BenchHost _host;
    private readonly Func<Task>[] _senders;

    public Sending(BenchHost host)
    {
        _host = host;
        _senders = [.. Enumerable.Range(0, BenchSettings.Workers).Select<int, Func<Task>>(_ =>
        {
            var bus = host.OpenBus();
            return () => bus.SendAsync(Next()).AsTask();
        })];
        Sent = host.Arrivals.Count;
    }

    public long Sent { get; private set; }

    public static AddToTally Next() => new($"tally/{Random.Shared.Next(Keys)}", 1, "An order was paid");

    public async Task<Round> Round(TimeSpan time, CancellationToken ct)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        var sent = await Duel.Concurrently(_senders, time, ct);
        Sent += sent.Operations;
        await _host.Arrivals.Reach(Sent, ct);
        return new Round(sent.Operations, Stopwatch.GetElapsedTime(began, _host.Arrivals.LastTimestamp), GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }
}
