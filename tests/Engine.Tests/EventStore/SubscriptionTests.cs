using System.Collections.Concurrent;
using Engagement.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.Engine.Tests.EventStore;

public sealed record Followed(string Id, long Count);

public sealed class SubscriptionTests(PostgresFixture postgres)
{
    private const string AnyTenant = "*DEFAULT*";

    [Fact]
    public async Task Every_event_of_every_tenant_is_followed_in_order_and_once()
    {
        var feed = new Feed();
        await using var host = await Open(await postgres.CreateDatabaseAsync(), feed);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++) await Append(host, $"shop-{writer % 2}", $"parcel/{writer}-{i}");
        })));
        await Shop.Until(() => Task.FromResult(feed.Seen.Count >= 400));

        feed.Seen.ShouldBe(feed.Seen.Order());
        feed.Seen.Distinct().Count().ShouldBe(400);
        feed.Tenants.Keys.Order().ShouldBe(["shop-0", "shop-1"]);
    }

    [Fact]
    public async Task An_event_that_commits_late_is_not_skipped()
    {
        var database = await postgres.CreateDatabaseAsync();
        var feed = new Feed();
        await using var host = await Open(database, feed);
        await using var slow = new NpgsqlConnection(database);
        await slow.OpenAsync(TestContext.Current.CancellationToken);
        await using var late = await slow.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Insert(slow, "parcel/late");   // draws number 1

        await Append(host, "demo", "parcel/early");
        await Shop.Until(async () => await Scalar(database, "select count(*) from shop.mt_events") == 2);
        feed.Seen.ShouldBeEmpty();

        await late.CommitAsync(TestContext.Current.CancellationToken);
        await Shop.Until(() => Task.FromResult(feed.Seen.Count == 3));
        feed.Seen.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_number_that_is_never_committed_is_passed()
    {
        var database = await postgres.CreateDatabaseAsync();
        var feed = new Feed();
        await using var host = await Open(database, feed);
        await using var slow = new NpgsqlConnection(database);
        await slow.OpenAsync(TestContext.Current.CancellationToken);
        await using var never = await slow.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Insert(slow, "parcel/never");

        await Append(host, "demo", "parcel/early");
        await never.RollbackAsync(TestContext.Current.CancellationToken);

        await Shop.Until(() => Task.FromResult(feed.Seen.Count == 2));
        feed.Seen.ShouldBe([2, 3]);
    }

    [Fact]
    public async Task A_number_of_a_connection_that_was_killed_is_passed()
    {
        var database = await postgres.CreateDatabaseAsync();
        var feed = new Feed();
        await using var host = await Open(database, feed);
        await using var killed = new NpgsqlConnection(database + ";Pooling=false");
        await killed.OpenAsync(TestContext.Current.CancellationToken);
        await using (await killed.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await Insert(killed, "parcel/never");
            await Append(host, "demo", "parcel/early");
            feed.Seen.ShouldBeEmpty();
            await Execute(database, $"select pg_terminate_backend({killed.ProcessID})");
        }

        await Shop.Until(() => Task.FromResult(feed.Seen.Count == 2));
        feed.Seen.ShouldBe([2, 3]);
    }

    [Fact]
    public async Task Of_transactions_that_end_in_any_order_and_in_any_way_exactly_what_was_committed_is_followed()
    {
        var database = await postgres.CreateDatabaseAsync();
        var feed = new Feed();
        await using var host = await Open(database, feed);
        var random = new Random(4711);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 12; i++)
            {
                // Three transactions hold numbers side by side and end in an order of their own: committed, undone, killed.
                var open = new List<NpgsqlConnection>();
                for (var t = 0; t < 3; t++)
                {
                    var connection = new NpgsqlConnection(database + ";Pooling=false");
                    await connection.OpenAsync();
                    await Run(connection, "begin");
                    await Insert(connection, $"parcel/{writer}-{i}-{t}");
                    open.Add(connection);
                }

                int[] order;
                lock (random) order = [.. Enumerable.Range(0, 3).OrderBy(_ => random.Next())];
                foreach (var t in order)
                {
                    if (t == 2) await Execute(database, $"select pg_terminate_backend({open[t].ProcessID})");
                    else await Run(open[t], t == 0 ? "commit" : "rollback");
                }

                foreach (var connection in open) await connection.DisposeAsync();
            }
        })));
        await Append(host, "demo", "parcel/last");

        await Shop.Until(() => Task.FromResult(feed.Seen.Count >= 98));
        feed.Seen.ShouldBe(await Numbers(database));
    }

    [Fact]
    public async Task Each_subscription_has_a_position_of_its_own()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (quick, stuck) = (new Feed(), new OtherFeed { FailFirst = int.MaxValue });
        await using (var host = await Open(database, quick, stuck))
        {
            await Append(host, "demo", "parcel/1");
            await Shop.Until(() => Task.FromResult(quick.Seen.Count == 2));
            await Shop.Until(async () => await Position(database) == 2);
            stuck.Seen.ShouldBeEmpty();
            (await Scalar(database, "select count(*) from shop.mt_event_progression where name = 'OtherFeed:All'")).ShouldBe(0);
        }

        var (again, free) = (new Feed(), new OtherFeed());
        await using var later = await Open(database, again, free);
        await Append(later, "demo", "parcel/2");
        await Shop.Until(() => Task.FromResult(again.Seen.Count == 2 && free.Seen.Count == 4));
        (again.Seen.ToArray(), free.Seen.ToArray()).ShouldSatisfyAllConditions(s => s.Item1.ShouldBe([3, 4]), s => s.Item2.ShouldBe([1, 2, 3, 4]));
    }

    [Fact]
    public async Task Archived_streams_are_not_followed_but_their_numbers_count()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using (var host = await Open(database, new OtherFeed()))   // somebody else, so that the other has yet to begin
        {
            for (var i = 1; i <= 3; i++) await Append(host, "demo", $"parcel/{i}");
            await using var session = Store(host).LightweightSession("demo");
            session.Events.ArchiveStream("parcel/2");
            session.Events.ArchiveStream("parcel/3");
            await session.SaveChangesAsync();
        }

        var feed = new Feed();
        await using var later = await Open(database, feed);
        await Shop.Until(async () => await Position(database) == 6);
        feed.Seen.ShouldBe([1, 2]);
        await Append(later, "demo", "parcel/4");
        await Shop.Until(() => Task.FromResult(feed.Seen.Count == 4));
        feed.Seen.ShouldBe([1, 2, 7, 8]);
    }

    [Fact]
    public async Task A_page_that_fails_comes_again_and_what_it_did_is_done_once()
    {
        var feed = new Feed { FailFirst = 3 };
        await using var host = await Open(await postgres.CreateDatabaseAsync(), feed);

        await Append(host, "demo", "parcel/1");
        await Shop.Until(() => Task.FromResult(feed.Seen.Count >= 2));

        await Shop.Until(async () =>
        {
            await using var session = Store(host).QuerySession(AnyTenant);
            return await session.LoadAsync<Followed>("feed") == new Followed("feed", 2);
        });
    }

    [Fact]
    public async Task A_restart_goes_on_where_it_stopped()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using (var host = await Open(database, new Feed()))
        {
            await Append(host, "demo", "parcel/1");
            await Shop.Until(async () => await Scalar(database, "select coalesce(max(last_seq_id), 0) from shop.mt_event_progression") == 2);
        }

        var second = new Feed();
        await using var again = await Open(database, second);
        await Append(again, "demo", "parcel/2");
        await Shop.Until(() => Task.FromResult(second.Seen.Count == 2));
        second.Seen.ShouldBe([3, 4]);
    }

    [Fact]
    public async Task A_rebuild_makes_every_snapshot_anew_and_takes_orphans_away()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var host = await Open(database, new Feed());
        for (var i = 0; i < 120; i++) await Append(host, "demo", $"parcel/{i}");
        await Execute(database, "update shop.mt_doc_parcel set data = jsonb_set(data, '{Grams}', '-1')");
        await Execute(database, "insert into shop.mt_doc_parcel (tenant_id, id, data, mt_version) values ('demo', 'parcel/none', '{}', 1)");
        await Execute(database, "delete from shop.mt_doc_parcel where id = 'parcel/5'");

        using var daemon = await Store(host).BuildProjectionDaemonAsync();
        await daemon.RebuildProjectionAsync<Parcel>(TestContext.Current.CancellationToken);

        await using var session = Store(host).QuerySession("demo");
        var parcels = await session.QueryAsync<Parcel>("where 1 = 1");
        parcels.Count.ShouldBe(120);
        parcels.ShouldAllBe(p => p.Grams == 10);
    }

    [Fact]
    public async Task A_rebuild_that_was_stopped_goes_on_where_it_was()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var host = await Open(database, new Feed());
        for (var i = 100; i < 220; i++) await Append(host, "demo", $"parcel/{i}");
        await Execute(database, "update shop.mt_doc_parcel set data = jsonb_set(data, '{Grams}', '-1')");
        using var daemon = await Store(host).BuildProjectionDaemonAsync();
        using var stop = new CancellationTokenSource();

        await using (var locking = new NpgsqlConnection(database))
        {
            await locking.OpenAsync(TestContext.Current.CancellationToken);
            await Run(locking, "begin");
            await Run(locking, "select from shop.mt_streams where id = 'parcel/160' for update");
            var stopped = daemon.RebuildProjectionAsync<Parcel>(stop.Token);
            await Shop.Until(async () => await Scalar(database, "select count(*) from pg_locks where not granted") > 0);
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => stopped);
        }

        (await Scalar(database, "select count(*) from shop.mt_doc_parcel where data ->> 'Grams' = '10'")).ShouldBe(50);
        await Execute(database, "update shop.mt_doc_parcel set data = jsonb_set(data, '{Grams}', '-2') where id = 'parcel/100'");
        await daemon.RebuildProjectionAsync<Parcel>(TestContext.Current.CancellationToken);

        (await Scalar(database, "select count(*) from shop.mt_doc_parcel where data ->> 'Grams' = '10'")).ShouldBe(119);
        (await Scalar(database, "select count(*) from shop.mt_doc_parcel where data ->> 'Grams' = '-2'")).ShouldBe(1, "what was done before is not done again");
        await daemon.RebuildProjectionAsync<Parcel>(TestContext.Current.CancellationToken);
        (await Scalar(database, "select count(*) from shop.mt_doc_parcel where data ->> 'Grams' = '10'")).ShouldBe(120);
    }

    [Fact]
    public async Task A_rebuild_bears_appends_and_no_reader_sees_less()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var host = await Open(database, new Feed());
        for (var i = 0; i < 60; i++) await Append(host, "demo", $"parcel/{i}");
        using var daemon = await Store(host).BuildProjectionDaemonAsync();
        using var done = new CancellationTokenSource();

        var appending = Task.Run(async () =>
        {
            var grams = 10;
            for (; !done.IsCancellationRequested; grams++)
            {
                await using var session = Store(host).LightweightSession("demo");
                var stream = await session.Events.FetchForWriting<Parcel>("parcel/30");
                stream.Aggregate!.Grams.ShouldBe(grams);
                stream.AppendOne(new ParcelWeighed(1));
                await session.SaveChangesAsync();
            }

            return grams;
        });
        for (var i = 0; i < 5; i++) await daemon.RebuildProjectionAsync<Parcel>(TestContext.Current.CancellationToken);
        await done.CancelAsync();

        var grams = await appending;
        await using var reading = Store(host).QuerySession("demo");
        (await reading.Events.FetchLatest<Parcel>("parcel/30"))!.Grams.ShouldBe(grams);
    }

    private static IDocumentStore Store(WebApplication host) => host.Services.GetRequiredService<IDocumentStore>();

    private static async Task<WebApplication> Open(string database, params Feed[] feeds)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Critical);
        builder.Services.AddMarten(options =>
            {
                options.Connection(database);
                options.DatabaseSchemaName = "shop";
                options.Projections.Snapshot<Parcel>(SnapshotLifecycle.Inline);
                options.Schema.For<Followed>();
                foreach (var feed in feeds) options.Projections.Subscribe(feed);
            })
            .ApplyAllDatabaseChangesOnStartup()
            .AddAsyncDaemon(DaemonMode.Solo);
        var app = builder.Build();
        await app.StartAsync();
        return app;
    }

    private static async Task Append(WebApplication host, string tenant, string key)
    {
        await using var session = Store(host).LightweightSession(tenant);
        session.Events.StartStream<Parcel>(key, new ParcelPacked("ada", DateTimeOffset.UnixEpoch), new ParcelWeighed(10));
        await session.SaveChangesAsync();
    }

    /// <summary>What an append of one event does, held open by the caller's transaction.</summary>
    private static async Task Insert(NpgsqlConnection connection, string key)
    {
        await using var append = new NpgsqlCommand(
            $$"""
            insert into shop.mt_streams (tenant_id, id, type, version) values ('demo', '{{key}}', 'parcel', 1);
            insert into shop.mt_events (seq_id, id, stream_id, version, data, type, tenant_id)
            values (nextval('shop.mt_events_sequence'), gen_random_uuid(), '{{key}}', 1, '{"Grams": 1}', 'parcel_weighed', 'demo');
            """, connection);
        await append.ExecuteNonQueryAsync();
    }

    private static Task<long> Position(string database) =>
        Scalar(database, "select coalesce(max(last_seq_id), 0) from shop.mt_event_progression where name = 'Feed:All'");

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long[]> Numbers(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select array_agg(seq_id order by seq_id) from shop.mt_events", connection);
        return (long[])(await command.ExecuteScalarAsync())!;
    }

    private static async Task<long> Scalar(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Execute(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class OtherFeed : Feed;

    private class Feed : ISubscription
    {
        public ConcurrentQueue<long> Seen { get; } = new();

        public ConcurrentDictionary<string, bool> Tenants { get; } = new();

        public int FailFirst { get; set; }

        public async Task<IChangeListener> ProcessEventsAsync(
            EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken)
        {
            var known = await operations.LoadAsync<Followed>("feed", cancellationToken);
            if (GetType() == typeof(Feed)) operations.Store(new Followed("feed", (known?.Count ?? 0) + page.Events.Count));
            if (FailFirst-- > 0) throw new InvalidOperationException("Not now.");
            foreach (var e in page.Events)
            {
                Seen.Enqueue(e.Sequence);
                Tenants[e.TenantId] = true;
            }

            return NullChangeListener.Instance;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
