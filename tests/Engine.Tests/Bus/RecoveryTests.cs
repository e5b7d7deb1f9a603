using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Bus;

public sealed class RecoveryTests(PostgresFixture postgres)
{
    [Fact]
    public async Task After_an_unclean_stop_each_attempt_is_counted_before_it_begins()
    {
        var database = await postgres.CreateDatabaseAsync();
        await (await Shop.Open(database)).DisposeAsync();
        await Shop.Execute(database, "insert into bus.shop_nodes values (4711, now())");   // it was killed: nobody holds this lock
        await RawMessages.Insert(database, "shop", [.. Enumerable.Range(0, 10).Select(i => RawMessages.Envelope(new Leave("g", i)))]);

        var seen = new List<long>();
        var behaviours = new Behaviours
        {
            ["leave"] = (_, _, _, _) =>
            {
                seen.Add(Shop.Scalar<long>(database, "select sum(crashes) from bus.shop_retries").GetAwaiter().GetResult());
                return Task.FromResult<object?>(null);
            },
        };
        await using var shop = await Shop.Open(new ShopOptions(database) { Behaviours = behaviours });
        await shop.Drain();

        seen.ShouldBe(Enumerable.Repeat(1L, 10));
        (await shop.Column<int>("select no from effects order by id")).ShouldBe(Enumerable.Range(0, 10));
        (await shop.Scalar<long>("select count(distinct xmin::text) from effects")).ShouldBe(10);
        shop.Log.ShouldContain("Warning: A process that listened to shop did not stop cleanly; its first messages are handled one by one.");
        (await shop.Scalar<long>("select count(*) from bus.shop_nodes where id = 4711")).ShouldBe(0);
        await Shop.Until(async () => await shop.Scalar<long>(
            """
            select count(*) from pg_locks l join pg_database d on d.oid = l.database
            where d.datname = current_database() and l.locktype = 'advisory' and l.objsubid = 2 and l.objid < 32
            """) == 0);   // no slot is kept
    }

    [Fact]
    public async Task A_clean_stop_leaves_nothing_to_be_careful_about()
    {
        var database = await postgres.CreateDatabaseAsync();
        await (await Shop.Open(database)).DisposeAsync();

        await using var again = await Shop.Open(database);
        await using var replica = await Shop.Open(database);

        again.Log.ShouldBeEmpty();
        replica.Log.ShouldBeEmpty();
        (await again.Scalar<long>("select count(*) from bus.shop_nodes")).ShouldBe(2);
    }

    [Fact]
    public async Task A_message_under_which_the_process_ended_too_often_is_given_up()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var shop = await Shop.Open(database);
        var (killer, suspect) = (RawMessages.Envelope(new Leave("g", 1)), RawMessages.Envelope(new Leave("g", 2)));
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await RawMessages.Insert(connection, "shop", killer, suspect, RawMessages.Envelope(new Leave("g", 3)));
            await using var counted = new NpgsqlCommand($"update bus.shop set crashes = case message_id when '{killer.Id}' then 3 else 2 end where message_id in ('{killer.Id}', '{suspect.Id}')", connection);
            await counted.ExecuteNonQueryAsync();
            await transaction.CommitAsync();
        }

        await shop.Drain();

        (await shop.Scalar<string>("select exception_message from bus.shop_dead_letters")).ShouldBe("The process ended 3 times while this message was handled.");
        (await shop.Column<int>("select no from effects order by no")).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task A_message_that_fails_in_careful_mode_is_retried_and_counted_as_any_other()
    {
        var database = await postgres.CreateDatabaseAsync();
        await (await Shop.Open(database)).DisposeAsync();
        await Shop.Execute(database, "insert into bus.shop_nodes values (4711, now())");
        var poison = RawMessages.Envelope(new Leave("g", 1));
        poison.Data = "{"u8.ToArray();
        await RawMessages.Insert(database, "shop", poison, RawMessages.Envelope(new Leave("g", 2)), RawMessages.Envelope(new Act("fail"), group: "g"), RawMessages.Envelope(new Leave("g", 3)));

        await using var shop = await Shop.Open(new ShopOptions(database) { Behaviours = new Behaviours { ["fail"] = (_, _, _, _) => throw new InvalidOperationException("no") } });
        await shop.Drain();

        (await shop.Column<int>("select no from effects order by id")).ShouldBe([2, 3]);
        (await shop.Column<string>("select attempts || ' ' || crashes from bus.shop_dead_letters order by attempts")).ShouldBe(["1 0", "3 0"]);
    }

    /// <summary>As far as the database can tell, this message kills its process each time.</summary>
    [Fact]
    [Trait("Category", "Long")]
    public async Task A_message_that_takes_its_connection_down_ends_in_dead_letters_and_holds_nobody_up()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["kill"] = async (_, session, _, _) =>
        {
            await session.QueryAsync<HeavyParcel>("where (select pg_terminate_backend(pg_backend_pid()))");
            return null;
        };

        await shop.PublishTogether(Shop.Tenant, [new Leave("g", 1), new Act("kill", 0, "g"), .. Enumerable.Range(2, 20).Select(i => new Leave("g", i))]);
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 21);
        await shop.Drain(90);

        (await shop.Column<int>("select no from effects order by id")).ShouldBe(Enumerable.Range(1, 21));
        (await shop.Scalar<string>("select exception_message from bus.shop_dead_letters")).ShouldBe("The process ended 3 times while this message was handled.");
    }

    [Fact]
    public async Task A_slow_handler_is_left_alone_with_its_transaction()
    {
        await using var shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync()) { Bus = bus => bus.Durability.SlowHandler = TimeSpan.FromMilliseconds(100) });
        shop.Behaviours["slow"] = async (message, session, _, _) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(message.No), TimeProvider.System);
            session.Leave("slow", message.No);
            return null;
        };
        await shop.Publish(new Act("slow", 150, "g"));
        await shop.Drain();

        await shop.PublishTogether(Shop.Tenant, [.. Enumerable.Range(1, 6).Select(i => new Act("slow", i, "g")), new Leave("g", 7)]);
        await shop.Drain();

        (await shop.Scalar<long>("select count(distinct xmin::text) from effects where no < 10")).ShouldBe(7);
        (await shop.Column<int>("select no from effects where no < 10 order by id")).ShouldBe([1, 2, 3, 4, 5, 6, 7]);
        shop.Log.ShouldContain("Warning: ActHandler.Handle is slow: it is handled alone from now on.");
    }

    [Fact]
    public async Task A_stopping_host_ends_what_it_began_and_leaves_the_rest()
    {
        var database = await postgres.CreateDatabaseAsync();
        var begun = new TaskCompletionSource();
        await using (var shop = await Shop.Open(new ShopOptions(database) { Bus = bus => bus.Durability.MaximumParallelBatches = 1 }))
        {
            shop.Behaviours["begin"] = async (message, session, _, _) =>
            {
                session.Leave("begun", message.No);
                begun.TrySetResult();
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
                return null;
            };
            await shop.Publish(new Act("begin", 1, "a"));
            await begun.Task;
            await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, 50).Select(i => new Leave($"g{i}", i)));
        }

        var done = await Shop.Scalar<long>(database, "select count(*) from effects");
        done.ShouldBeGreaterThanOrEqualTo(1);
        (await Shop.Scalar<long>(database, "select count(*) from bus.shop")).ShouldBe(51 - done);
        (await Shop.Scalar<long>(database, "select count(*) from bus.shop_nodes")).ShouldBe(0);
    }
}
