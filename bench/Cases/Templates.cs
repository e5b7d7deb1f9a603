using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

/// <summary>Fills a queue's tables from a few messages that the engine itself stored: many thousands cost one statement.</summary>
internal static class Templates
{
    private const int Count = 1024;

    private const string Columns = "slot, tenant, group_id, message_type, body, sent_at";

    /// <summary>Stores them in a table <c>templates</c>: messages for tallies, or such that cost nothing to handle.</summary>
    public static async Task Make(BenchDatabase database, BenchHost host, string queue, bool empty, CancellationToken ct)
    {
        var far = TimeProvider.System.GetUtcNow().AddYears(1);
        await host.Invoke(new SendTemplates([.. Enumerable.Range(0, Count).Select(i => $"tally/{i}")], far, empty));
        await Sql.Execute(
            database,
            $"""
            create table templates as select {Columns}, row_number() over () - 1 as number from bus.{queue}_scheduled;
            create index on templates (number);
            delete from bus.{queue}_scheduled
            """,
            ct);
    }

    /// <summary>Timers that are due one after the other, <paramref name="perSecond"/> a second from <paramref name="from"/> on.</summary>
    public static Task Schedule(BenchDatabase database, string queue, int count, DateTimeOffset from, double perSecond, CancellationToken ct) => Sql.Execute(
        database,
        $"""
        insert into bus.{queue}_scheduled (due, message_id, {Columns})
        select $1 + make_interval(secs => i / $2), gen_random_uuid(), {Columns} from generate_series(1, $3) i join templates on number = i % {Count}
        """,
        ct, new() { Value = from.UtcDateTime }, new() { Value = perSecond }, new() { Value = count });

    /// <summary>Messages that can be handled at once.</summary>
    public static Task Send(BenchDatabase database, string queue, int count, CancellationToken ct) => Sql.Execute(
        database,
        $"""
        insert into bus.{queue} (message_id, {Columns})
        select gen_random_uuid(), {Columns} from generate_series(1, $1) i join templates on number = i % {Count}
        """,
        ct, new Npgsql.NpgsqlParameter { Value = count });
}
