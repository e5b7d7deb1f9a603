using Engagement.Bus;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Bus;

public sealed class FailureTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_failing_message_steps_aside_and_its_group_goes_on()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        var failures = 0;
        shop.Behaviours["leave"] = (message, _, _, _) => message.No == 3 && Interlocked.Increment(ref failures) <= 2 ? throw new InvalidOperationException("not yet") : Done;

        await shop.PublishTogether(Shop.Tenant, Enumerable.Range(1, 10).Select(i => new Leave("g", i)));
        await Effects(shop, 10);

        (await shop.Column<int>("select no from effects order by id")).ShouldBe([1, 2, 4, 5, 6, 7, 8, 9, 10, 3]);
    }

    [Fact]
    public async Task The_good_ones_of_a_batch_commit_once_beside_bad_ones_of_every_kind()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["bad"] = async (message, session, bus, _) =>
        {
            session.Leave("bad", message.No);
            await bus.PublishAsync(new Leave("sent by bad", message.No));
            switch (message.No)
            {
                case 0: throw new InvalidOperationException("thrown");
                case 1: session.QueueSqlCommand("insert into nowhere values (1)"); break;   // refused at the save
                case 2: await session.QueryAsync<HeavyParcel>("where nonsense"); break;     // refused at a read
                case 3: await Should.ThrowAsync<PostgresException>(() => session.QueryAsync<HeavyParcel>("where nonsense")); break;   // and nobody told
                case 4: session.Events.StartStream<Parcel>("parcel/one", new ParcelPacked("ada", default)); break;   // a second start
            }

            return null;
        };
        await shop.Invoke(new Act("bad", 4));
        await Effects(shop, 2);
        await shop.Execute("truncate effects");

        var messages = new List<object>();
        for (var i = 0; i < 50; i++)
        {
            messages.Add(new Leave("good", i));
            if (i % 10 == 0) messages.Add(new Act("bad", i / 10, "good"));
        }

        await shop.PublishTogether(Shop.Tenant, messages);
        await shop.Drain();

        (await shop.Column<int>("select no from effects where grp = 'good' order by id")).ShouldBe(Enumerable.Range(0, 50));
        (await shop.Scalar<long>("select count(*) from effects where grp <> 'good'")).ShouldBe(0);
        (await shop.Column<string>("select (convert_from(body, 'utf8')::jsonb ->> 'No') || ' ' || attempts || ' ' || exception_type from bus.shop_dead_letters order by 1")).ShouldBe(
        [
            "0 3 System.InvalidOperationException",
            "1 3 Npgsql.PostgresException",
            "2 3 Npgsql.PostgresException",
            "3 3 Npgsql.PostgresException",
            "4 3 Engagement.EventStore.ExistingStreamIdCollisionException",
        ]);
    }

    [Fact]
    public async Task A_failure_that_its_handler_hides_is_no_success_either_when_it_is_alone()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["hide"] = async (_, session, _, _) =>
        {
            await Should.ThrowAsync<PostgresException>(() => session.QueryAsync<HeavyParcel>("where nonsense"));
            return null;
        };

        await shop.Publish(new Act("hide"));
        await shop.Drain();

        (await shop.Scalar<string>("select exception_message from bus.shop_dead_letters")).ShouldContain("current transaction is aborted");
    }

    [Fact]
    public async Task Retries_wait_as_their_policy_says_and_end_in_dead_letters()
    {
        var wait = TimeSpan.FromMilliseconds(300);
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), configure: bus =>
        {
            bus.OnException<TimeoutException>(e => e.Message == "slow").RetryWithCooldown(wait, wait).Then.MoveToErrorQueue();
            bus.OnException<NotSupportedException>().Discard();
            bus.OnException<FormatException>().MoveToErrorQueue();
            bus.OnException<ArithmeticException>().RetryOnce();
        });
        var times = new List<(int Attempt, long At)>();
        shop.Behaviours["slow"] = (_, _, _, envelope) =>
        {
            times.Add((envelope.Attempts, TimeProvider.System.GetTimestamp()));   // an attempt may run twice: in a batch, then alone
            throw new TimeoutException("slow");
        };
        shop.Behaviours["drop"] = (_, _, _, _) => throw new NotSupportedException();
        shop.Behaviours["never"] = (_, _, _, _) => throw new FormatException("f");
        shop.Behaviours["once"] = (_, _, _, _) => throw new DivideByZeroException("z");
        shop.Behaviours["else"] = (_, _, _, _) => throw new TimeoutException("other");

        await shop.Publish(new Act("slow"), new Act("drop"), new Act("never"), new Act("once"), new Act("else"));
        await shop.Drain();

        (await shop.Column<string>("select (convert_from(body, 'utf8')::jsonb ->> 'Name') || ' ' || attempts || ' ' || exception_message from bus.shop_dead_letters order by 1"))
            .ShouldBe(["else 3 other", "never 1 f", "once 2 z", "slow 3 slow"]);
        for (var attempt = 1; attempt < 3; attempt++)
            TimeProvider.System.GetElapsedTime(times.Last(t => t.Attempt == attempt).At, times.First(t => t.Attempt == attempt + 1).At).ShouldBeGreaterThanOrEqualTo(wait);
        await Shop.Until(() => Task.FromResult(shop.Log.Contains("Warning: Engagement.Engine.Tests.Act failed and is dropped.")));   // told after the commit
        await Shop.Until(() => Task.FromResult(
            shop.Log.Count(line => line.StartsWith("Error: Engagement.Engine.Tests.Act is given up", StringComparison.Ordinal)) == 4));
    }

    [Fact]
    public async Task A_cancelled_or_timed_out_handler_is_a_failed_handler_and_blocks_nobody()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["cancel"] = (_, _, _, _) => throw new OperationCanceledException("given up");
        shop.Behaviours["json"] = (_, _, _, _) => throw new System.Text.Json.JsonException("the handler's own");
        shop.Behaviours["zero"] = (_, _, _, _) => throw new InvalidOperationException("a\0b");
        shop.Behaviours["statement"] = async (_, session, _, _) =>
        {
            session.QueueSqlCommand("set local statement_timeout = 20");
            await session.SaveChangesAsync();
            await session.QueryAsync<HeavyParcel>("where pg_sleep(5) is not null union all select '{}'::jsonb from pg_sleep(5)");
            return null;
        };

        await shop.Publish(new Act("cancel", 0, "g"), new Act("json", 0, "g"), new Act("zero", 0, "g"), new Act("statement", 0, "g"), new Leave("g", 1));
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(1);
        (await shop.Column<string>("select (convert_from(body, 'utf8')::jsonb ->> 'Name') || ' ' || attempts || ' ' || exception_message from bus.shop_dead_letters order by 1")).ShouldBe(
            ["cancel 3 given up", "json 3 the handler's own", "statement 3 57014: canceling statement due to statement timeout", "zero 3 a b"]);
    }

    [Fact]
    public async Task What_can_t_be_read_is_buried_at_once_and_what_nobody_knows_yet_waits()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var shop = await Shop.Open(database);
        var spoilt = RawMessages.Envelope(new Leave("g", 1));
        spoilt.Data = "{\"Group\": 7}"u8.ToArray();
        var nothing = RawMessages.Envelope(new Leave("g", 2));
        nothing.Data = "null"u8.ToArray();
        var newer = RawMessages.Envelope(new Leave("g", 3));
        newer.MessageType = "Engagement.Newer";
        await RawMessages.Insert(database, "shop", spoilt, nothing, newer, RawMessages.Envelope(new Leave("g", 4)));

        await Effects(shop, 1);
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from bus.shop") == 0);

        (await shop.Column<string>("select attempts || ' ' || exception_type from bus.shop_dead_letters"))
            .ShouldBe(["1 Engagement.Bus.UnreadableMessageException", "1 Engagement.Bus.UnreadableMessageException"]);
        (await shop.Scalar<string>("select message_type || ' ' || attempts || ' ' || (retry_at > now() + interval '2 seconds') from bus.shop_retries")).ShouldBe("Engagement.Newer 1 true");
    }

    [Fact]
    public async Task A_lost_race_in_a_queue_is_tried_again_without_a_policy()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        var lost = 0;
        shop.Behaviours["race"] = async (_, session, _, _) =>
        {
            var stream = await session.Events.FetchForWriting<Parcel>("parcel/raced");
            stream.AppendOne(stream.Aggregate is null ? new ParcelPacked("ada", default) : new ParcelWeighed(1));
            if (Interlocked.Increment(ref lost) <= 4)
            {
                await using var other = shop.Store.LightweightSession(Shop.Tenant);
                other.Events.Append("parcel/raced", stream.Aggregate is null ? new ParcelPacked("bob", default) : new ParcelWeighed(1));
                await other.SaveChangesAsync();
            }

            return null;
        };

        await shop.Publish(new Act("race"));
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from bus.shop_dead_letters")).ShouldBe(0);
        (await shop.Scalar<long>("select version from shop.mt_streams where id = 'parcel/raced'")).ShouldBe(5);
    }

    [Fact]
    public async Task Batches_that_deadlock_are_tried_again_and_count_as_no_failure()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        await shop.Execute("create table pots (id integer primary key, coins integer not null); insert into pots select i, 0 from generate_series(1, 8) i");
        shop.Behaviours["coin"] = (message, session, _, _) =>
        {
            session.QueueSqlCommand("update pots set coins = coins + 1 where id = ?", message.No);
            return Done;
        };

        var random = new Random(7);
        await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, 400).Select(i => new Act("coin", random.Next(1, 9), $"{i % 16}")));
        await shop.Drain(60);

        (await shop.Scalar<long>("select sum(coins) from pots")).ShouldBe(400);
        (await shop.Scalar<long>("select count(*) from bus.shop_dead_letters")).ShouldBe(0);
    }

    private static Task<object?> Done => Task.FromResult<object?>(null);

    private static Task Effects(Shop shop, int count) => Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == count);
}
