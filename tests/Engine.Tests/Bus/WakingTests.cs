using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Bus;

/// <summary>Nothing here is polled for: what arrives was woken.</summary>
public sealed class WakingTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Promptly = TimeSpan.FromSeconds(20);   // an idle machine needs a few milliseconds, the next poll would be in five minutes

    [Fact]
    public async Task A_message_from_another_process_wakes_its_receiver()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var receiver = await Shop.Open(new ShopOptions(database) { Name = "beta", Poll = Shop.Never });
        await using var sender = await Shop.Open(new ShopOptions(database) { Name = "alpha", Poll = Shop.Never, Bus = bus => bus.PublishMessage<Leave>().ToPostgresqlQueue("beta") });

        for (var i = 1; i <= 20; i++) await Arrives(receiver, i, () => sender.Publish(new Leave("g", i)));
    }

    [Fact]
    public async Task A_burst_is_told_at_once_and_then_at_most_twenty_times_a_second()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var receiver = await Shop.Open(new ShopOptions(database) { Name = "beta", Poll = Shop.Never });
        await using var sender = await Shop.Open(new ShopOptions(database) { Name = "alpha", Poll = Shop.Never, Bus = bus => bus.PublishMessage<Leave>().ToPostgresqlQueue("beta") });
        await using var listener = new NpgsqlConnection(database);
        await listener.OpenAsync();
        var told = 0;
        listener.Notification += (_, _) => told++;
        await using (var listen = new NpgsqlCommand("listen engagement_bus", listener)) await listen.ExecuteNonQueryAsync();

        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 300; i++) await sender.Publish(new Leave("g", i));
        await Shop.Until(async () => await receiver.Scalar<long>("select count(*) from effects") == 300);
        var elapsed = TimeProvider.System.GetElapsedTime(began);
        while (await listener.WaitAsync(200))
        {
        }

        told.ShouldBeInRange(1, 2 + (int)(elapsed / TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task A_lost_listener_listens_again_and_still_counts_as_alive()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var receiver = await Shop.Open(new ShopOptions(database) { Name = "beta", Poll = Shop.Never });
        await using var sender = await Shop.Open(new ShopOptions(database) { Name = "alpha", Poll = Shop.Never, Bus = bus => bus.PublishMessage<Leave>().ToPostgresqlQueue("beta") });
        var node = await receiver.Scalar<long>("select id from bus.beta_nodes");

        (await receiver.Scalar<long>("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and query like 'listen%'")).ShouldBe(2);
        await Shop.Until(async () => await receiver.Scalar<long>("select id from bus.beta_nodes") != node);

        await Arrives(receiver, 1, () => sender.Publish(new Leave("g", 1)));
        (await receiver.Scalar<long>("select count(*) from pg_locks l join bus.beta_nodes n on l.locktype = 'advisory' and (l.classid::bigint << 32 | l.objid::bigint) = n.id")).ShouldBe(1);
    }

    [Fact]
    public async Task A_host_that_stops_says_what_it_sent_last_and_that_it_stopped()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var receiver = await Shop.Open(new ShopOptions(database) { Name = "beta", Poll = Shop.Never });
        await using (var sender = await Shop.Open(new ShopOptions(database) { Name = "alpha", Poll = Shop.Never, Bus = bus => bus.PublishMessage<Leave>().ToPostgresqlQueue("beta") }))
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => sender.Publish(new Leave("g", i))));
        }

        await Shop.Until(async () => await receiver.Scalar<long>("select count(*) from effects") == 20, (int)Promptly.TotalSeconds);
        (await receiver.Scalar<long>("select count(*) from bus.alpha_nodes")).ShouldBe(0);
    }

    [Fact]
    public async Task A_late_commit_with_a_lower_id_is_handled_as_soon_as_it_is_told_of()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var shop = await Shop.Open(new ShopOptions(database) { Poll = Shop.Never });
        await using var late = new NpgsqlConnection(database);
        await late.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await RawMessages.Insert(late, "shop", RawMessages.Envelope(new Leave("g", -1)), RawMessages.Envelope(new Leave("other", -1)));

        // Many later ones come and go, and the horizon would like to move.
        for (var i = 1; i <= 10; i++) await Arrives(shop, i, () => shop.PublishTogether(Shop.Tenant, [new Leave("g", i)]));
        for (var look = 0; look < 5; look++)
        {
            await shop.Execute("select pg_notify('engagement_bus', 'shop')");
            await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System);
        }

        await transaction.CommitAsync();
        var began = TimeProvider.System.GetTimestamp();
        await shop.Execute("select pg_notify('engagement_bus', 'shop')");
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 12);
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Promptly);
        (await shop.Column<int>("select no from effects where grp = 'g' order by id")).ShouldBe([.. Enumerable.Range(1, 10), -1]);
    }

    [Fact]
    public async Task A_sender_in_this_process_that_commits_late_is_handled_at_its_hint()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var shop = await Shop.Open(new ShopOptions(database) { Poll = Shop.Never });
        var (written, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        shop.Behaviours["late"] = async (_, session, bus, _) =>
        {
            await bus.PublishAsync(new Leave("g", -1));
            await session.SaveChangesAsync();   // written, not committed
            await session.QueryAsync<HeavyParcel>("where false");
            written.SetResult();
            await goOn.Task;
            return null;
        };
        await shop.Publish(new Act("late", 0, "slow one"));
        await written.Task;
        for (var i = 1; i <= 10; i++) await Arrives(shop, i, () => shop.PublishTogether(Shop.Tenant, [new Leave("g", i)]));

        await Arrives(shop, 11, () =>
        {
            goOn.SetResult();
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_short_timer_set_at_any_moment_fires_in_time()
    {
        await using var shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync()) { Poll = Shop.Never });

        for (var i = 1; i <= 30; i++)
        {
            await Arrives(shop, i, () => shop.WithBus(async bus =>
            {
                await bus.ScheduleAsync(new Leave("g", i), TimeSpan.FromMilliseconds(i));
                return 0;
            }));
        }
    }

    private static async Task Arrives(Shop shop, int count, Func<Task> send)
    {
        var began = TimeProvider.System.GetTimestamp();
        await send();
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == count);
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Promptly);
    }
}
