namespace Engagement.Engine.Tests.EventStore;

/// <summary>Events stored in the shapes of earlier versions are read in today's.</summary>
public sealed class UpcastTests(StoreShop store) : IClassFixture<StoreShop>
{
    private readonly string _key = StoreShop.NewKey();

    [Fact]
    public async Task An_old_shape_under_an_alias_of_its_own_becomes_the_new_event()
    {
        await Stored("""{"Kilos": 2}""", "weighed_in_kilos");

        await using var today = Today(events => events.Upcast<WeighedInKilos, ParcelWeighed>("weighed_in_kilos", old => new ParcelWeighed(old.Kilos * 1000)));
        await Reads(today, new ParcelWeighed(2000));
    }

    [Fact]
    public async Task An_old_shape_under_the_event_s_own_alias_becomes_a_new_version_of_it()
    {
        await Stored("""{"Kilos": 2}""", "parcel_weighed");

        await using var today = Today(events =>
        {
            events.Upcast<WeighedInKilos, ParcelWeighed>(old => new ParcelWeighed(old.Kilos * 1000));
            events.MapEventTypeWithSchemaVersion<ParcelWeighed>(2);
        });
        await using (var session = today.LightweightSession("demo"))
        {
            session.Events.Append(_key, new ParcelWeighed(7));
            await session.SaveChangesAsync();
        }

        (await store.Shop.Column<string>($"select type from shop.mt_events where stream_id = '{_key}' order by version"))
            .ShouldBe(["parcel_packed", "parcel_weighed", "parcel_weighed_v2"]);
        await Reads(today, new ParcelWeighed(2000), new ParcelWeighed(7));
    }

    [Fact]
    public async Task Each_earlier_version_is_read_in_its_own_way()
    {
        await Stored("""{"Kilos": 2}""", "parcel_weighed");
        await Stored("""{"Pounds": 4}""", "parcel_weighed_v2");

        await using var today = Today(events =>
        {
            events.Upcast<WeighedInKilos, ParcelWeighed>(1, old => new ParcelWeighed(old.Kilos * 1000));
            events.Upcast<WeighedInPounds, ParcelWeighed>(2, old => new ParcelWeighed(old.Pounds * 500));
            events.MapEventTypeWithSchemaVersion<ParcelWeighed>(3);
        });
        await Reads(today, new ParcelWeighed(2000), new ParcelWeighed(2000));
    }

    private async Task Stored(string data, string alias)
    {
        await using var session = store.Open();
        if (await session.Events.FetchStreamStateAsync(_key) is null) session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", default));
        session.Events.Append(_key, new ParcelWeighed(0));
        await session.SaveChangesAsync();
        await store.Shop.Execute(
            $"""
            update shop.mt_events e set data = '{data}', type = '{alias}' from shop.mt_streams s
            where s.id = '{_key}' and s.id = e.stream_id and s.version = e.version
            """);
    }

    private DocumentStore Today(Action<EventStoreOptions> configure) => new(new StoreOptions { DatabaseSchemaName = "shop" }.With(o =>
    {
        o.Connection(store.Shop.ConnectionString);
        o.Events.AddEventType<ParcelPacked>();
        configure(o.Events);
    }), null, TimeProvider.System);

    private async Task Reads(DocumentStore today, params ParcelWeighed[] weighed)
    {
        await using var session = today.QuerySession("demo");
        (await session.Events.FetchStreamAsync(_key)).Skip(1).Select(e => e.Data).ShouldBe(weighed);
        (await session.Events.AggregateStreamAsync<Parcel>(_key))!.Grams.ShouldBe(weighed.Sum(w => w.Grams));
    }

    private sealed record WeighedInKilos(int Kilos);

    private sealed record WeighedInPounds(int Pounds);
}
