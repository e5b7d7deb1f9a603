using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Bus;

public sealed class OrderTests(PostgresFixture postgres)
{
    private const string Disorder =
        "select count(*) from (select no, lag(no) over (partition by tenant, grp order by id) as before from effects) t where no <= before";

    [Fact]
    public async Task Thousands_of_messages_on_many_workers_keep_the_order_of_their_groups()
    {
        await using var shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync()) { Bus = bus => bus.Durability.MaximumParallelBatches = 8 });

        for (var part = 0; part < 20; part++)
            await shop.PublishTogether(part % 3 == 0 ? "north" : "south", Enumerable.Range(part * 200, 200).Select(i => new Leave($"g{i % 40}", i)));
        await shop.Drain(60);

        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(4000);
        (await shop.Scalar<long>(Disorder)).ShouldBe(0);
    }

    [Fact]
    public async Task Two_hosts_on_one_queue_keep_order_and_do_nothing_twice()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (first, second) = (new int[1], new int[1]);
        await using var one = await Shop.Open(new ShopOptions(database) { Behaviours = Counting(first), Poll = TimeSpan.FromMilliseconds(50) });
        await using var two = await Shop.Open(new ShopOptions(database) { Behaviours = Counting(second), Poll = TimeSpan.FromMilliseconds(50) });

        for (var part = 0; part < 15; part++)
            await (part % 2 == 0 ? one : two).PublishTogether(Shop.Tenant, Enumerable.Range(part * 200, 200).Select(i => new Leave($"g{i % 40}", i)));
        await one.Drain(60);

        (await one.Scalar<long>("select count(*) from effects")).ShouldBe(3000);
        (await one.Scalar<long>(Disorder)).ShouldBe(0);
        first[0].ShouldBeGreaterThan(0);
        second[0].ShouldBeGreaterThan(0);

        static Behaviours Counting(int[] count) => new() { ["leave"] = (_, _, _, _) => Task.FromResult<object?>(Interlocked.Increment(ref count[0])) };
    }

    [Fact]
    public async Task A_message_that_is_committed_late_is_handled_before_those_sent_after_its_commit()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var shop = await Shop.Open(new ShopOptions(database)
        {
            Poll = Shop.Never,
            Bus = bus => (bus.Durability.MaximumParallelBatches, bus.Durability.RecoveryBatchSize) = (1, 1),   // a full batch: there may be more above it
        });
        shop.Behaviours["hold"] = async (_, _, _, _) =>
        {
            begun.TrySetResult();
            await release.Task;
            return null;
        };
        var neighbour = Enumerable.Range(0, 1000).Select(i => $"n{i}").First(n => Slots.Of(Shop.Tenant, n, default) == Slots.Of(Shop.Tenant, "g", default));
        await using var late = new NpgsqlConnection(database);
        await late.OpenAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await RawMessages.Insert(late, "shop", RawMessages.Envelope(new Leave("g", 1)));

        await shop.Publish(new Act("hold", 0, neighbour));   // its id is above that of the late one, and so is where the next claim begins
        await begun.Task;
        await transaction.CommitAsync();
        await shop.Publish(new Leave("g", 2));
        release.SetResult();
        await shop.Drain();

        (await shop.Column<int>("select no from effects order by id")).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task One_shop_s_flood_does_not_hold_back_another_s_ten()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var shop = await Shop.Open(database);
        var envelopes = Enumerable.Range(0, 20_000).Select(i => RawMessages.Envelope(new Leave($"g{i % 100}", i), "flood")).ToArray();
        await RawMessages.Insert(database, "shop", envelopes);
        await Shop.Until(async () => await Handled("flood") > 200);

        await shop.PublishTogether("small", Enumerable.Range(0, 10).Select(i => new Leave($"g{i}", i)));
        var before = await Handled("flood");
        await Shop.Until(async () => await Handled("small") == 10);

        (await shop.Scalar<long>("select count(*) from effects where tenant = 'flood' and id < (select max(id) from effects where tenant = 'small')") - before)
            .ShouldBeLessThan(12_000);   // a round of all slots is 1,600; the rest is for a busy machine

        async Task<long> Handled(string tenant) => await shop.Scalar<long>($"select count(*) from effects where tenant = '{tenant}'");
    }

    [Fact]
    public async Task Cut_connections_lose_nothing_and_double_nothing()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["work"] = async (message, session, _, _) =>
        {
            var stream = await session.Events.FetchForWriting<Parcel>($"parcel/{message.Group}");
            if (stream.Aggregate is null) stream.AppendOne(new ParcelPacked("ada", default));
            stream.AppendOne(new ParcelWeighed(1));
            return new object[] { new Leave(message.Group!, message.No), new Leave($"timer {message.Group}", message.No).DelayedFor(TimeSpan.FromMilliseconds(1)) };
        };
        await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, 1500).Select(i => new Act("work", i, $"g{i % 30}")));

        for (var cut = 0; cut < 5; cut++)
        {
            var done = await shop.Scalar<long>("select count(*) from effects");
            await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") is var now && (now > done || now == 3000));
            await shop.Scalar<long>("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
            NpgsqlConnection.ClearAllPools();   // only ours: the host has a pool of its own
        }

        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") >= 3000, 60);
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(3000);
        (await shop.Scalar<long>("select count(distinct (grp, no)) from effects")).ShouldBe(3000);
        (await shop.Scalar<long>("select count(*) from shop.mt_events where type = 'parcel_weighed'")).ShouldBe(1500);
        (await shop.Scalar<long>("select sum((data ->> 'Grams')::int) from shop.mt_doc_parcel")).ShouldBe(1500);
        (await shop.Scalar<long>("select count(*) from bus.shop_dead_letters")).ShouldBe(0);
    }
}
