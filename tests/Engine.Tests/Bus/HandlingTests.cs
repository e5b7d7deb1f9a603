using Engagement.Testing;

namespace Engagement.Engine.Tests.Bus;

public sealed class HandlingTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_handler_s_events_documents_and_messages_are_one_commit()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());

        await shop.Publish(new WeighParcel("1", 400), new WeighParcel("1", 400), new WeighParcel("1", 400));
        await shop.Drain();

        await using var session = shop.Store.QuerySession(Shop.Tenant);
        (await session.Events.FetchLatest<Parcel>("parcel/1")).ShouldBe(new Parcel("parcel/1", "ada", 1200));
        (await session.LoadAsync<HeavyParcel>("1")).ShouldBe(new HeavyParcel("1", 1200));
        (await session.Events.FetchStreamAsync("parcel/1")).Select(e => e.EventTypeName).ShouldBe(["parcel_packed", "parcel_weighed", "parcel_weighed", "parcel_weighed"]);
        (await shop.WithBus(bus => bus.InvokeAsync<int>(new TellWeight("1")))).ShouldBe(1200);
    }

    [Fact]
    public async Task A_poison_message_among_good_ones_ends_in_dead_letters_alone()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());

        await shop.Publish([.. Enumerable.Range(0, 200).Select(i => i == 50 ? new WeighParcel("poison", -1) : new WeighParcel($"{i % 20}", 1))]);
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from shop.mt_events where type = 'parcel_weighed'")).ShouldBe(199);
        (await shop.Scalar<string>("select message_type || ' ' || attempts || ' ' || exception_message from bus.shop_dead_letters"))
            .ShouldBe($"{typeof(WeighParcel).FullName} 3 A parcel weighs something.");
    }

    [Fact]
    public async Task A_timer_fires_when_the_domain_s_clock_says_so_and_not_before()
    {
        var clock = new TestClock();
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), clock);

        await shop.WithBus(async bus =>
        {
            await bus.ScheduleAsync(new WeighParcel("late", 10), TimeSpan.FromHours(48));
            return 0;
        });
        clock.Advance(TimeSpan.FromHours(47));
        await shop.Drain();
        (await shop.Scalar<long>("select count(*) from shop.mt_events")).ShouldBe(0);

        clock.Advance(TimeSpan.FromHours(1));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from shop.mt_events") == 2);
    }
}
