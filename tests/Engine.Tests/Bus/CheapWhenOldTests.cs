using System.Collections.Concurrent;
using System.Diagnostics;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Bus;

/// <summary>A snapshot that stays open keeps every dead row; a queue must not get slower by them.</summary>
[Trait("Category", "Long")]
[Collection(nameof(Alone))]
public sealed class CheapWhenOldTests(PostgresFixture postgres)
{
    private const int Dead = 350_000;
    private const double Slack = 0.3;   // milliseconds, for what the machine does meanwhile

    [Fact]
    public async Task Claims_and_looks_pass_over_dead_rows()
    {
        var database = await postgres.CreateDatabaseAsync();
        await (await Shop.Open(new ShopOptions(database) { Name = "old" })).DisposeAsync();
        await using var snapshot = await OpenSnapshot(database);
        await Shop.Execute(database,
            $"""
            insert into bus.old (slot, tenant, group_id, message_id, message_type, body, sent_at)
                select i % 32, 'demo', 'g', gen_random_uuid(), 'Engagement.Engine.Tests.Leave', 'x', now() from generate_series(1, {Dead}) i;
            delete from bus.old;
            insert into bus.old_scheduled (due, slot, tenant, group_id, message_id, message_type, body, sent_at)
                select now() - i * interval '1 ms', i % 32, 'demo', 'g', gen_random_uuid(), 'Engagement.Engine.Tests.Leave', 'x', now() from generate_series(1, {Dead}) i;
            delete from bus.old_scheduled;
            insert into bus.old_retries (retry_at, slot, tenant, group_id, message_id, message_type, body, sent_at, attempts)
                select now() - i * interval '1 ms', i % 32, 'demo', 'g', gen_random_uuid(), 'Engagement.Engine.Tests.Leave', 'x', now(), 1 from generate_series(1, {Dead}) i;
            delete from bus.old_retries;
            """);

        await Shop.Execute(database, "vacuum analyze");   // it can remove nothing, and notes that the queue is empty

        await using var old = await Shop.Open(new ShopOptions(database) { Name = "old" });
        await using var fresh = await Shop.Open(new ShopOptions(database) { Name = "fresh" });
        using var spy = new RoundTrips();
        await Rounds(5);                                                        // compiled, prepared, and the horizon known
        await Task.Delay(TimeSpan.FromSeconds(25), TimeProvider.System);        // and the floors
        await Rounds(5);
        spy.Clear();
        await Rounds(60);
        for (var i = 0; i < 60; i++)
        {
            await Shop.Execute(database, "select pg_notify('engagement_bus', q) from unnest(array['old', 'fresh']) q");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        foreach (var statement in new[] { "pg_try_advisory_xact_lock", "group by slot + 0, tenant" })
        {
            var (ours, theirs) = (spy.Median("bus.old ", statement), spy.Median("bus.fresh ", statement));
            TestContext.Current.TestOutputHelper!.WriteLine($"{statement}: {ours:0.00} ms with dead rows, {theirs:0.00} ms without");
            ours.ShouldBeLessThan(2 * theirs + Slack, statement);
        }

        async Task Rounds(int count)
        {
            for (var i = 0; i < count; i++)
            {
                foreach (var shop in new[] { old, fresh })
                {
                    await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, 50).Select(no => new Leave("g", no)));
                    await shop.Drain();
                }
            }
        }
    }

    [Fact]
    public async Task A_flood_under_an_open_snapshot_keeps_its_pace()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        await Flood(4000);
        var first = await Flood(4000);
        await using var snapshot = await OpenSnapshot(shop.ConnectionString);
        for (var i = 0; i < 10; i++) await Flood(4000);
        var last = await Flood(4000);

        TestContext.Current.TestOutputHelper!.WriteLine($"{first.TotalMilliseconds:0} ms at first, {last.TotalMilliseconds:0} ms at last");
        last.ShouldBeLessThan(2 * first + TimeSpan.FromMilliseconds(500));

        async Task<TimeSpan> Flood(int count)
        {
            var began = TimeProvider.System.GetTimestamp();
            await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, count).Select(no => new Leave($"g{no % 64}", no)));
            await shop.Drain(120);
            return TimeProvider.System.GetElapsedTime(began);
        }
    }

    private static async Task<NpgsqlConnection> OpenSnapshot(string database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var begin = new NpgsqlCommand(
            "set idle_in_transaction_session_timeout = 0; begin isolation level repeatable read; create table if not exists held (id integer); select count(*) from effects", connection);
        await begin.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>A transaction that is open for long is felt in all databases of the server.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    /// <summary>Listens to Npgsql's own tracing.</summary>
    private sealed class RoundTrips : IDisposable
    {
        private readonly ConcurrentQueue<(string Sql, TimeSpan Duration)> _seen = new();
        private readonly ActivityListener _listener;

        public RoundTrips()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    if ((activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string sql) _seen.Enqueue((sql, activity.Duration));
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public void Clear() => _seen.Clear();

        public double Median(string queue, string statement)
        {
            var durations = _seen.Where(s => s.Sql.Contains(queue, StringComparison.Ordinal) && s.Sql.Contains(statement, StringComparison.Ordinal))
                .Select(s => s.Duration.TotalMilliseconds).Order().ToArray();
            durations.Length.ShouldBeGreaterThan(20);
            return durations[durations.Length / 2];
        }

        public void Dispose() => _listener.Dispose();
    }
}
