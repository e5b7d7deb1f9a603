namespace Engagement.Engine.Tests.EventStore;

public sealed class SnapshotTests(StoreShop store) : IClassFixture<StoreShop>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private readonly string _key = StoreShop.NewKey();

    [Fact]
    public async Task Snapshots_equal_folds_however_the_events_were_appended()
    {
        await using var session = store.Open();
        session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(1));
        await session.SaveChangesAsync();
        session.Events.Append(_key, new ParcelWeighed(2), new ParcelRenamed("fragile"));
        await session.SaveChangesAsync();
        session.Events.Append(_key, 5, new ParcelWeighed(3));
        await session.SaveChangesAsync();
        (await session.Events.FetchForWriting<Parcel>(_key)).AppendOne(new ParcelWeighed(4));
        await session.SaveChangesAsync();
        (await session.Events.FetchForWriting<ParcelSteps>(_key)).AppendOne(new ParcelWeighed(5));
        await session.SaveChangesAsync();

        (await session.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 15));
        (await session.Events.AggregateStreamAsync<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 15));
        (await session.LoadAsync<ParcelLabel>(_key)).ShouldBe(new ParcelLabel(_key, "fragile"));
        (await session.Events.AggregateStreamAsync<ParcelLabel>(_key)).ShouldBe(new ParcelLabel(_key, "fragile"));
        (await session.Events.FetchLatest<ParcelSteps>(_key)).ShouldBe(new ParcelSteps(6));
        (await store.Shop.Scalar<int>($"select mt_version from shop.mt_doc_parcel where id = '{_key}'")).ShouldBe(7);
    }

    [Fact]
    public async Task A_snapshot_that_misses_or_lags_does_not_mislead_a_writer()
    {
        await using var session = store.Open();
        session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(1));
        await session.SaveChangesAsync();
        await store.Shop.Execute($"delete from shop.mt_doc_parcel where id = '{_key}'");
        await store.Shop.Execute($"update shop.mt_doc_parcellabel set mt_version = 1, data = data || '{{\"Text\": \"old\"}}' where id = '{_key}'");

        (await session.Events.FetchForWriting<ParcelLabel>(_key)).Aggregate.ShouldBe(new ParcelLabel(_key, "by ada"));
        var stream = await session.Events.FetchForWriting<Parcel>(_key);
        stream.Aggregate.ShouldBe(new Parcel(_key, "ada", 1));
        stream.AppendOne(new ParcelWeighed(2));
        await session.SaveChangesAsync();

        (await session.LoadAsync<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 3));
    }

    [Fact]
    public async Task An_aggregate_that_can_t_begin_with_an_event_says_what_to_add()
    {
        await using var session = store.Open();
        session.Events.Append(_key, new ParcelWeighed(1));

        (await Should.ThrowAsync<InvalidProjectionException>(() => session.SaveChangesAsync())).Message
            .ShouldBe("Parcel can't begin with ParcelWeighed: add 'public static Parcel Create(ParcelWeighed e)'.");
    }

    [Fact]
    public void Malformed_aggregates_are_named()
    {
        var options = new StoreOptions();

        Should.Throw<InvalidProjectionException>(() => options.Projections.Snapshot<Empty>(SnapshotLifecycle.Inline)).Message
            .ShouldBe($"{typeof(Empty).FullName} has neither 'static Empty Create(event)' nor 'Empty Apply(event)'.");
        Should.Throw<InvalidProjectionException>(() => options.Projections.Snapshot<Mutable>(SnapshotLifecycle.Inline)).Message
            .ShouldBe($"{typeof(Mutable).FullName}.Apply(ParcelWeighed) must return Mutable: aggregates are immutable.");
    }

    private sealed record Empty(string Id);

    private sealed record Mutable(string Id)
    {
        public void Apply(ParcelWeighed _)
        {
        }
    }
}
