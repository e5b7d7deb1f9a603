using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Engagement.Engine.Tests.Proof;

/// <summary>What a host holds, and what it gives back when it stops.</summary>
public sealed class LoadTests(PostgresFixture postgres)
{
    private const string Disorder =
        "select count(*) from (select no, lag(no) over (partition by tenant, grp order by id) as before from effects) t where no <= before";

    [Fact]
    public async Task A_replica_that_stops_under_load_hands_over_and_nobody_is_careful_after_it()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var one = await Shop.Open(new ShopOptions(database) { Poll = TimeSpan.FromMilliseconds(50) });
        var two = await Shop.Open(new ShopOptions(database) { Poll = TimeSpan.FromMilliseconds(50) });
        for (var part = 0; part < 10; part++)
            await (part % 2 == 0 ? one : two).PublishTogether(Shop.Tenant, Enumerable.Range(part * 300, 300).Select(i => new Leave($"g{i % 40}", i)));

        await two.DisposeAsync();
        await using var three = await Shop.Open(new ShopOptions(database) { Poll = TimeSpan.FromMilliseconds(50) });
        await one.Drain(60);

        (await one.Scalar<long>("select count(*) from effects")).ShouldBe(3000);
        (await one.Scalar<long>("select count(distinct no) from effects")).ShouldBe(3000);
        (await one.Scalar<long>(Disorder)).ShouldBe(0);
        (await one.Scalar<long>("select count(*) from bus.shop_nodes")).ShouldBe(2);
        three.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stop_that_can_t_wait_for_a_handler_counts_as_unclean_and_its_message_is_handled_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using (var shop = await Shop.Open(database))
        {
            shop.Behaviours["hang"] = async (message, session, _, _) =>
            {
                begun.TrySetResult();
                await release.Task;
                session.Leave("hung", message.No);
                return null;
            };
            await shop.Publish(new Act("hang", 1, "g"));
            await begun.Task;

            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            var bus = shop.Services.GetServices<IHostedService>().OfType<BusRuntime>().Single();
            await Should.ThrowAsync<OperationCanceledException>(() => bus.StopAsync(impatient.Token));

            (await shop.Scalar<long>("select count(*) from bus.shop_nodes")).ShouldBe(1);   // the next one will be careful
            (await shop.Scalar<long>("select count(*) from bus.shop")).ShouldBe(1);         // and the message is still there for it
            release.SetResult();
        }

        (await Shop.Scalar<long>(database, "select count(*) from effects")).ShouldBe(1);
    }

    [Fact]
    public async Task A_host_whose_connections_were_cut_still_says_that_it_stopped()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using (var shop = await Shop.Open(new ShopOptions(database) { Poll = Shop.Never }))
        {
            await shop.Publish(Enumerable.Range(0, 20).Select(i => new Leave("g", i)).ToArray<object>());
            await shop.Drain();
            await shop.Scalar<long>("""
                select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and query not like 'listen %'
                """);   // the one that listens would notice, and empty the pool
        }

        (await Shop.Scalar<long>(database, "select count(*) from bus.shop_nodes")).ShouldBe(0);
    }

    [Fact]
    public async Task A_host_without_its_database_stops_all_the_same_and_the_next_one_is_careful()
    {
        var database = await postgres.CreateDatabaseAsync();
        var shop = await Shop.Open(database);
        await using (await postgres.TakeAwayAsync(database)) await shop.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        shop.Log.ShouldContain("Warning: PostgreSQL could not be told that this process ends cleanly.");

        await using var next = await Shop.Open(database);
        next.Log.ShouldContain("Warning: A process that listened to shop did not stop cleanly; its first messages are handled one by one.");
    }

    [Fact]
    public async Task A_host_claims_no_more_than_its_batches_hold_however_deep_the_queue_is()
    {
        var (full, release) = (new CountdownEvent(2), new TaskCompletionSource());
        await using var shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync())
        {
            Bus = bus => (bus.Durability.MaximumParallelBatches, bus.Durability.RecoveryBatchSize) = (2, 20),
        });
        shop.Behaviours["hang"] = async (_, _, _, _) =>
        {
            full.Signal();
            await release.Task;
            return null;
        };
        await Fill(shop, 5_000, i => $"'{{\"Name\":\"hang\",\"No\":' || {i} || '}}'", typeof(Act));

        await Shop.Until(() => Task.FromResult(full.IsSet));
        var left = await shop.Scalar<long>("with free as (select 1 from bus.shop for update skip locked) select count(*) from free");
        var connections = await shop.Scalar<long>("select count(*) from pg_stat_activity where datname = current_database()");
        shop.Behaviours["hang"] = (_, _, _, _) => Task.FromResult<object?>(null);
        release.SetResult();
        await shop.Drain(60);

        left.ShouldBe(5_000 - (2 * 20));
        connections.ShouldBeLessThan(12);
    }

    /// <summary>By the server alone, so that nothing is allocated here.</summary>
    internal static Task Fill(Shop shop, int count, Func<string, string> body, Type type) => shop.Execute(
        $"""
        insert into bus.shop (slot, tenant, group_id, message_id, message_type, body, sent_at)
        select i % 32, 'demo', 'g' || i % 32, gen_random_uuid(), '{type.FullName}', convert_to({body("i")}, 'utf8'), now() from generate_series(1, {count}) i;
        """);
}
