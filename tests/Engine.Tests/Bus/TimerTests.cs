using Engagement.Testing;

namespace Engagement.Engine.Tests.Bus;

public sealed class TimerTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Two_thousand_timers_fire_once_each_when_the_clock_jumps_two_days()
    {
        var clock = new TestClock();
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), clock);
        var random = new Random(3);
        await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, 2000).Select(i => (object)new Leave($"g{i % 50}", i).DelayedFor(TimeSpan.FromSeconds(random.Next(1, 48 * 3600)))));

        clock.Advance(TimeSpan.FromHours(48));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") >= 2000, 60);
        await shop.Drain();

        (await shop.Scalar<long>("select count(distinct no) from effects")).ShouldBe(2000);
        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(2000);
        (await shop.Scalar<long>("select count(*) from bus.shop_scheduled")).ShouldBe(0);
    }

    [Fact]
    public async Task Timers_of_a_group_fire_in_the_order_they_are_due_and_none_early()
    {
        var clock = new TestClock();
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), clock);
        int[] hours = [5, 1, 4, 2, 3];
        await shop.PublishTogether(Shop.Tenant, hours.Select(i => (object)new Leave("g", i).DelayedFor(TimeSpan.FromHours(i))));

        for (var hour = 1; hour <= 3; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") >= hour);
            await shop.Drain();
            (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(hour);
        }

        clock.Advance(TimeSpan.FromHours(10));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 5);
        (await shop.Column<int>("select no from effects order by id")).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task A_timer_set_by_another_process_fires_without_a_word_from_it()
    {
        var clock = new TestClock();
        var database = await postgres.CreateDatabaseAsync();
        await using var receiver = await Shop.Open(new ShopOptions(database) { Name = "beta", Clock = clock });
        await using var sender = await Shop.Open(new ShopOptions(database) { Name = "alpha", Clock = clock, Bus = bus => bus.PublishMessage<Leave>().ToPostgresqlQueue("beta") });

        await sender.WithBus(async bus =>
        {
            await bus.ScheduleAsync(new Leave("g", 1), TimeSpan.FromHours(48));
            return 0;
        });
        clock.Advance(TimeSpan.FromHours(47));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        (await receiver.Scalar<long>("select count(*) from effects")).ShouldBe(0);
        clock.Advance(TimeSpan.FromHours(1));
        await Shop.Until(async () => await receiver.Scalar<long>("select count(*) from effects") == 1);
    }

    [Fact]
    public async Task The_poll_finds_what_nobody_told_of()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var shop = await Shop.Open(new ShopOptions(database) { Poll = TimeSpan.FromMilliseconds(100) });
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);

        await RawMessages.Insert(database, "shop", RawMessages.Envelope(new Leave("g", 1)));

        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 1);
    }
}
