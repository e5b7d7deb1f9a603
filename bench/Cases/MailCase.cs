using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Engagement.Contracts;
using Engagement.Messaging.Sending;
using OrderLine = Engagement.Contracts.OrderLine;

namespace Engagement.Bench.Cases;

internal sealed class MailCase : IBenchCase
{
    private const int PerSecond = 1_000;

    private long _asked;

    public string Name => "mail";

    public string Description => "thank-yous asked for, composed, handed over by SMTP on loopback and recorded; raw: the bytes of such a mail and the rows";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var sink = new SmtpSink();
        await using var messaging = await MessagingHost.Open(database, sink.Port, ct);
        IMessageBus[] buses = [.. Enumerable.Range(0, BenchSettings.Workers).Select(_ => messaging.OpenBus())];
        Task<Round> Ours(TimeSpan time) => Mails(database, sink, buses, (int)(PerSecond * time.TotalSeconds), ct);
        await Ours(settings.Round);

        await using var connections = new RawConnections(database);
        using var smtp = await RawSmtp.Open(sink.Port, sink.Last, new SmtpOptions().MaxConnections, ct);
        var written = await WrittenMessage.Read(database, "message/thank-you/order-0", new QueuedRow(typeof(SendMessage).FullName!, Raw.Write(ThankYou(0))), ct);
        var raw = await connections.ForEachWorker(connection => RawMail.On(connection, smtp, written), ct);
        long sent = 0;
        Func<Task>[] theirs = [.. raw.Select<RawMail, Func<Task>>(worker => () => worker.Send(Interlocked.Increment(ref sent), ct))];
        var mails = await Duel.Rounds(Name, "mails/s", Ours, time => Duel.Concurrently(theirs, time, ct), settings, ct);
        await Check(database, ct);
        return [mails];
    }

    private async Task Check(BenchDatabase database, CancellationToken ct)
    {
        var recorded = await Sql.Scalar<long>(database, "select count(*) from bus.gateway where tenant = 'demo'", ct);
        if (recorded != _asked) throw new InvalidOperationException($"{_asked} mails were asked for, but {recorded} recorded.");
    }

    /// <summary>So many mails, from the first that is asked for until the last is recorded.</summary>
    private async Task<Round> Mails(BenchDatabase database, SmtpSink sink, IMessageBus[] buses, int count, CancellationToken ct)
    {
        var (first, taken) = (_asked, sink.Taken);
        _asked += count;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        var next = first - 1;
        await Task.WhenAll(buses.Select(bus => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < _asked) await bus.PublishAsync(ThankYou(number));
        }, ct)));
        while (sink.Taken < taken + count || await Sql.Scalar<long>(database, "select count(*) from messaging.deliveries", ct) > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
        return new Round(count, Stopwatch.GetElapsedTime(began), GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    private static SendMessage ThankYou(long number)
    {
        var order = new OrderId($"{number}");
        return new(
            new MessageKey($"thank-you/order-{number}"), MessageKind.ThankYou, MessagingHost.Customer(number), new Occasion($"order/{number}", TimeProvider.System.GetUtcNow()),
            new OrderSummary(
                order, [new OrderLine("Caffè in grani, 1 kg", 1, new Money(29.90m, "EUR")), new OrderLine("Moka", 2, new Money(15.00m, "EUR"))],
                new Money(59.90m, "EUR"), null));
    }
}
