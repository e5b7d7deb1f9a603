using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Engagement.Engine.Tests.EventStore;

public sealed class SaveTests(StoreShop store) : IClassFixture<StoreShop>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private readonly string _key = StoreShop.NewKey();

    [Fact]
    public async Task Events_snapshots_documents_commands_messages_and_timers_are_one_transaction()
    {
        store.Shop.Behaviours[_key] = (_, session, bus, _) =>
        {
            session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(1), new ParcelWeighed(2));
            session.Store(new Shelf(_key, Room.Attic, ""));
            session.Leave(_key, 1);
            object[] timers = [new Leave(_key, 2).DelayedFor(TimeSpan.FromHours(1)), new Leave(_key, 3).DelayedFor(TimeSpan.FromHours(2))];
            return Task.FromResult<object?>(timers);
        };
        await store.Shop.Invoke(new Act(_key));

        var transactions = await store.Shop.Column<string>(
            $"""
            select xmin::text from shop.mt_streams where id = '{_key}'
            union all select xmin::text from shop.mt_events where stream_id = '{_key}'
            union all select xmin::text from shop.mt_doc_parcel where id = '{_key}'
            union all select xmin::text from shop.mt_doc_parcellabel where id = '{_key}'
            union all select xmin::text from shop.mt_doc_shelf where id = '{_key}'
            union all select xmin::text from effects where grp = '{_key}'
            union all select xmin::text from bus.shop_scheduled where group_id = '{_key}'
            """);
        transactions.Count.ShouldBe(1 + 3 + 1 + 1 + 1 + 1 + 2);
        transactions.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_save_is_one_round_trip()
    {
        await using var wire = new Wire(store.Shop.ConnectionString);
        await using var through = new DocumentStore(new StoreOptions { DatabaseSchemaName = "shop" }.With(o =>
        {
            o.Connection(wire.ConnectionString);
            o.Projections.Snapshot<Parcel>(SnapshotLifecycle.Inline);
        }), null, TimeProvider.System);

        async Task Save(int no)
        {
            await using var session = through.LightweightSession("demo");
            session.Events.StartStream<Parcel>($"{_key}/{no}", new ParcelPacked("ada", Noon), new ParcelWeighed(1), new ParcelWeighed(2));
            session.Store(new HeavyParcel($"{_key}/{no}", 1));
            session.QueueSqlCommand("insert into effects (tenant, grp, no) values (?, ?, ?)", "demo", _key, no);
            await session.SaveChangesAsync();
        }

        for (var warmUp = 0; warmUp < 5; warmUp++) await Save(warmUp);   // connects, prepares
        var before = wire.RoundTrips;
        await Save(10);
        (wire.RoundTrips - before).ShouldBe(1);
    }

    [Fact]
    public async Task A_save_without_changes_does_not_go_to_the_database()
    {
        await using var nowhere = new DocumentStore(new StoreOptions().With(o => o.Connection("Host=127.0.0.1;Port=1")), null, TimeProvider.System);
        await using var session = nowhere.LightweightSession("demo");

        await session.SaveChangesAsync();
    }

    [Fact]
    public async Task A_command_that_fails_undoes_the_whole_save()
    {
        await using var session = store.Open();
        session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon));
        session.QueueSqlCommand("insert into nowhere values (1)");

        (await Should.ThrowAsync<PostgresException>(() => session.SaveChangesAsync())).SqlState.ShouldBe(PostgresErrorCodes.UndefinedTable);

        (await store.Open().Events.FetchStreamStateAsync(_key)).ShouldBeNull();
    }
}

internal static class StoreOptionsSetUp
{
    public static StoreOptions With(this StoreOptions options, Action<StoreOptions> set)
    {
        set(options);
        return options;
    }
}
