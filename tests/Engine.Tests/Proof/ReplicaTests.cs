using Engagement.Engine.Tests.Bus;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Proof;

/// <summary>Several processes' worth of hosts on one queue.</summary>
public sealed class ReplicaTests(PostgresFixture postgres)
{
    private const string Disorder =
        "select count(*) from (select no, lag(no) over (partition by tenant, grp order by id) as before from effects) t where no <= before";

    [Fact]
    public Task Two_thousand_timers_fire_once_each_and_in_order_when_the_clock_jumps_two_days() => FireAll(2_000);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_hundred_thousand_timers_fire_once_each_and_in_order_when_the_clock_jumps_two_days() => FireAll(100_000);

    private async Task FireAll(int count)
    {
        var clock = new TestClock();
        var database = await postgres.CreateDatabaseAsync();
        await using var one = await Shop.Open(new ShopOptions(database) { Clock = clock });
        await using var two = await Shop.Open(new ShopOptions(database) { Clock = clock });
        await Schedule(database, clock.GetUtcNow(), count);

        clock.Advance(TimeSpan.FromHours(48));
        await Shop.Until(async () => await one.Scalar<long>("select count(*) from bus.shop_scheduled") == 0, 120);
        await one.Drain(120);

        (await one.Scalar<long>("select count(*) from effects")).ShouldBe(count);
        (await one.Scalar<long>("select count(distinct no) from effects")).ShouldBe(count);
        (await one.Scalar<long>(Disorder)).ShouldBe(0);
        (await one.Scalar<long>("select count(*) from bus.shop_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_slot_is_worked_by_one_replica_at_a_time()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (begun, release) = (new TaskCompletionSource<int>(), new TaskCompletionSource());
        await using var one = await Open(1);
        await using var two = await Open(2);

        await one.Publish(new Act("hold", 1, "g"));
        var other = await begun.Task == 1 ? two : one;
        await other.Publish(new Leave("g", 2), new Leave("marker", 0));   // one worker: when the marker is handled, it has been at the other's slot
        await Shop.Until(async () => await one.Scalar<long>("select count(*) from effects") >= 1);
        release.SetResult();
        await one.Drain();

        (await one.Column<string>("select grp || ' ' || no from effects order by id")).ShouldBe(["marker 0", "g 1", "g 2"]);

        Task<Shop> Open(int replica) => Shop.Open(new ShopOptions(database)
        {
            Bus = bus => bus.Durability.MaximumParallelBatches = 1,
            Behaviours = new Behaviours
            {
                ["hold"] = async (message, session, _, _) =>
                {
                    begun.TrySetResult(replica);
                    await release.Task;
                    session.Leave("g", message.No);
                    return null;
                },
            },
        });
    }

    [Fact]
    public async Task A_replica_that_freezes_gives_up_its_slot_after_a_while_and_comes_too_late()
    {
        var database = await postgres.CreateDatabaseAsync();
        var patience = new NpgsqlConnectionStringBuilder(database) { Options = "-c idle_in_transaction_session_timeout=500" }.ConnectionString;
        var (frozen, thaw) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var one = await Shop.Open(new ShopOptions(patience));
        one.Behaviours["freeze"] = async (message, session, _, _) =>
        {
            if (frozen.TrySetResult()) await thaw.Task;
            session.Leave("g", message.No);
            return null;
        };
        await one.Publish(new Act("freeze", 1, "g"), new Leave("g", 2));
        await frozen.Task;

        await using var two = await Shop.Open(new ShopOptions(database) { Behaviours = one.Behaviours });
        await Shop.Until(async () => await two.Scalar<long>("select count(*) from effects") == 2);
        thaw.SetResult();
        await one.Drain();

        (await two.Column<int>("select no from effects order by id")).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Three_replicas_share_a_queue_keep_order_and_do_nothing_twice()
    {
        var database = await postgres.CreateDatabaseAsync();
        var counts = new int[3];
        var shops = new List<Shop>();
        try
        {
            for (var replica = 0; replica < 3; replica++)
            {
                var mine = replica;
                shops.Add(await Shop.Open(new ShopOptions(database)
                {
                    Poll = TimeSpan.FromMilliseconds(50),
                    Behaviours = new Behaviours { ["leave"] = (_, _, _, _) => Task.FromResult<object?>(Interlocked.Increment(ref counts[mine])) },
                }));
            }

            for (var part = 0; part < 12; part++)
                await shops[part % 3].PublishTogether(Shop.Tenant, Enumerable.Range(part * 200, 200).Select(i => new Leave($"g{i % 40}", i)));
            await shops[0].Drain(60);

            (await shops[0].Scalar<long>("select count(*) from effects")).ShouldBe(2400);
            (await shops[0].Scalar<long>("select count(distinct no) from effects")).ShouldBe(2400);
            (await shops[0].Scalar<long>(Disorder)).ShouldBe(0);
            counts.ShouldAllBe(count => count > 0);
        }
        finally
        {
            foreach (var shop in shops) await shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task Replicas_that_race_for_one_saga_take_each_step_once_and_in_order()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var one = await Shop.Open(new ShopOptions(database) { Poll = TimeSpan.FromMilliseconds(20) });
        await using var two = await Shop.Open(new ShopOptions(database) { Poll = TimeSpan.FromMilliseconds(20) });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async sender =>
        {
            for (var i = 0; i < 25; i++) await (sender % 2 == 0 ? one : two).Publish(new AddLine("story", sender * 100 + i));
        }));
        await one.Drain();

        var lines = await one.Column<int>("select jsonb_array_elements(data -> 'Lines')::int from shop.mt_doc_storysaga");
        lines.Order().ShouldBe(Enumerable.Range(0, 8).SelectMany(sender => Enumerable.Range(sender * 100, 25)));
        lines.GroupBy(line => line / 100).ShouldAllBe(sender => sender.SequenceEqual(sender.Order()));   // a sender's lines stand in the order it sent them
    }

    /// <summary>Timers at any time of two days, numbered in the order they are due.</summary>
    private static async Task Schedule(string database, DateTimeOffset now, int count)
    {
        var random = new Random(3);
        int[] seconds = [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 48 * 3600)).Order()];
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        foreach (var part in Enumerable.Range(0, count).Chunk(5_000))
        {
            var timers = part.Select(no =>
            {
                var envelope = RawMessages.Envelope(new Leave($"g{no % 50}", no));
                envelope.ScheduledTime = now.AddSeconds(seconds[no]).AddTicks(no * 10);   // microseconds, so that no two are due at once
                return envelope;
            });
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new QueueSql("bus", "shop").Schedule([.. timers]) } };
            await batch.ExecuteNonQueryAsync();
        }
    }
}

public sealed record AddLine(string StoryId, int Line);

public sealed class StorySaga : Saga
{
    public string Id { get; set; } = "";

    public List<int> Lines { get; set; } = [];

    public void StartOrHandle(AddLine message) => Lines.Add(message.Line);
}
