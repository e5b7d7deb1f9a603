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

    [Fact]
    public async Task Old_events_are_read_in_their_new_shape()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var host = await Open(database, new Feed());
        await Append(host, "demo", "parcel/1");
        await Execute(database, """update shop.mt_events set data = '{"Kilos": 2}', type = 'parcel_weighed_v0' where type = 'parcel_weighed'""");

        await using var session = Store(host).QuerySession("demo");
        (await session.Events.AggregateStreamAsync<Parcel>("parcel/1"))!.Grams.ShouldBe(2000);
    }

    private sealed record ParcelWeighedInKilos(int Kilos);

    private static IDocumentStore Store(WebApplication host) => host.Services.GetRequiredService<IDocumentStore>();

    private static async Task<WebApplication> Open(string database, Feed feed)
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
                options.Events.Upcast<ParcelWeighedInKilos, ParcelWeighed>("parcel_weighed_v0", old => new ParcelWeighed(old.Kilos * 1000));
                options.Projections.Subscribe(feed);
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

    private sealed class Feed : ISubscription
    {
        public ConcurrentQueue<long> Seen { get; } = new();

        public ConcurrentDictionary<string, bool> Tenants { get; } = new();

        public int FailFirst { get; set; }

        public async Task<IChangeListener> ProcessEventsAsync(EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken)
        {
            var known = await operations.LoadAsync<Followed>("feed", cancellationToken);
            operations.Store(new Followed("feed", (known?.Count ?? 0) + page.Events.Count));
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
