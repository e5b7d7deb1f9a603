using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

internal sealed class DispatchCase : IBenchCase
{
    private static readonly RawWork<AddToTally, Tally> Tallies = new(
        "mt_doc_tally", Sending.NextTally, m => m.Key, t => t.Id,
        (tally, m) => (tally ?? new Tally(m.Key, 0, "")) with { Total = (tally?.Total ?? 0) + m.By, LastReason = m.Reason }, Revision: null);

    private static readonly RawWork<CountSale, CounterSaga> Counters = new(
        "mt_doc_countersaga", Sending.NextSale, m => m.CounterId, c => c.Id,
        (counter, m) =>
        {
            var counted = (counter ?? new CounterSaga()).Count(m);
            counted.Version++;
            return counted;
        },
        c => c.Version);

    public string Name => "dispatch";

    public string Description => "a durable message, sent and handled with a saga or a document updated, 16 senders; raw: an insert per send, then delete, select and update in batches of 50";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct) =>
    [
        await Run($"{Name} saga", "saga", Sending.NextSale, Counters, database, settings, ct),
        await Run($"{Name} document", "document", Sending.NextTally, Tallies, database, settings, ct),
    ];

    private static async Task<Result> Run<TMessage, TDocument>(
        string name, string queue, Func<object> next, RawWork<TMessage, TDocument> work, BenchDatabase database, BenchSettings settings, CancellationToken ct)
        where TDocument : class
    {
        await using var host = await BenchHost.OpenService(database, queue);
        await using (await BenchHost.OpenService(database, $"raw_{queue}"))
        {
            // Started once: its queue's tables are what the raw side works on.
        }

        await using var connections = new RawConnections(database);
        var raw = await RawQueue<TMessage, TDocument>.Open(connections, $"bus.raw_{queue}", work, ct);
        var sending = new Sending(host, next);

        var result = await Duel.Rounds(name, "messages/s", time => sending.Round(time, ct), time => raw.Round(time, ct), settings, ct);

        var told = await Sql.Scalar<decimal>(database, $"select sum((data ->> 'Total')::bigint) from shop.{work.Table}", ct);
        if (told != sending.Sent + raw.Sent) throw new InvalidOperationException($"{sending.Sent + raw.Sent} messages were sent, but the documents say {told}.");
        return result;
    }
}

/// <summary>The engine's side: sixteen senders for a while, until the last message is handled.</summary>
internal sealed class Sending
{
    /// <summary>How many documents the messages are spread over.</summary>
    public const int Keys = 10_000;

    private readonly BenchHost _host;
    private readonly Func<Task>[] _senders;

    public Sending(BenchHost host, Func<object> next)
    {
        _host = host;
        _senders = [.. Enumerable.Range(0, BenchSettings.Workers).Select<int, Func<Task>>(_ =>
        {
            var bus = host.OpenBus();
            return () => bus.SendAsync(next()).AsTask();
        })];
        Sent = host.Arrivals.Count;
    }

    public long Sent { get; private set; }

    public static AddToTally NextTally() => new($"tally/{Random.Shared.Next(Keys)}", 1, "An order was paid");

    public static CountSale NextSale() => new($"counter/{Random.Shared.Next(Keys)}", 1, "An order was paid");

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
