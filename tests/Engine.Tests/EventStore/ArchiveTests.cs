namespace Engagement.Engine.Tests.EventStore;

public sealed class ArchiveTests(StoreShop store) : IClassFixture<StoreShop>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private readonly string _key = StoreShop.NewKey();

    [Fact]
    public async Task An_archived_stream_is_marked_and_its_events_are_read_no_more()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(3)));
        await Save(s => s.Events.ArchiveStream(_key));

        await using var session = store.Open();
        (await session.Events.FetchStreamAsync(_key)).ShouldBeEmpty();
        (await session.Events.AggregateStreamAsync<Parcel>(_key)).ShouldBeNull();
        (await session.Events.FetchLatest<ParcelSteps>(_key)).ShouldBeNull();
        var state = await session.Events.FetchStreamStateAsync(_key);
        (state!.IsArchived, state.Version).ShouldBe((true, 2));
        (await store.Shop.Scalar<bool>($"select bool_and(is_archived) from shop.mt_events where stream_id = '{_key}'")).ShouldBeTrue();
        (await session.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 3), "the snapshot stays");
    }

    [Fact]
    public async Task What_is_appended_in_the_same_save_is_archived_with_the_stream()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));
        await Save(s =>
        {
            s.Events.ArchiveStream(_key);
            s.Events.Append(_key, new ParcelWeighed(5));
        });

        await using var session = store.Open();
        (await session.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 5));
        (await session.Events.FetchStreamStateAsync(_key))!.ShouldSatisfyAllConditions(s => s.Version.ShouldBe(2), s => s.IsArchived.ShouldBeTrue());
        (await session.Events.FetchStreamAsync(_key)).ShouldBeEmpty();
    }

    public static TheoryData<string> Ways => ["blind", "expected", "live", "snapshot", "nobody's"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whoever_appends_to_an_archived_stream_is_refused_and_nothing_is_stored(string way)
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));
        await Save(s => s.Events.ArchiveStream(_key));

        await using var session = store.Open();
        session.Store(new HeavyParcel(_key, 1));
        if (way == "blind") session.Events.Append(_key, new ParcelWeighed(1));
        else if (way == "expected") session.Events.Append(_key, 2, new ParcelWeighed(1));
        else if (way == "live") (await session.Events.FetchForWriting<ParcelSteps>(_key)).AppendOne(new ParcelWeighed(1));
        else if (way == "snapshot") (await session.Events.FetchForWriting<Parcel>(_key)).AppendOne(new ParcelWeighed(1));
        else session.Events.Append(_key, new NobodysEvent());

        (await Should.ThrowAsync<InvalidStreamOperationException>(() => session.SaveChangesAsync())).Message
            .ShouldBe($"Attempted to append event to archived stream with Id '{_key}'.");
        await using var after = store.Open();
        (await after.LoadAsync<HeavyParcel>(_key)).ShouldBeNull();
        (await after.Events.FetchStreamStateAsync(_key))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task The_key_of_an_archived_stream_stays_taken()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));
        await Save(s => s.Events.ArchiveStream(_key));

        await Should.ThrowAsync<ExistingStreamIdCollisionException>(() => Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("bob", Noon))));
    }

    [Fact]
    public async Task Another_tenant_s_stream_under_the_same_key_is_left_alone_and_so_is_one_that_is_not_there()
    {
        foreach (var tenant in new[] { "north", "south" })
        {
            await using var session = store.Open(tenant);
            session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon));
            await session.SaveChangesAsync();
        }

        await using (var north = store.Open("north"))
        {
            north.Events.ArchiveStream(_key);
            north.Events.ArchiveStream("parcel/none");
            await north.SaveChangesAsync();
        }

        await using var south = store.Open("south");
        (await south.Events.FetchStreamAsync(_key)).Count.ShouldBe(1);
        (await south.Events.FetchStreamStateAsync(_key))!.IsArchived.ShouldBeFalse();
    }

    [Fact]
    public async Task Of_an_append_and_an_archive_at_once_each_save_is_whole()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));

        var appends = Enumerable.Range(0, 12).Select(async _ =>
        {
            try
            {
                await Save(s => s.Events.Append(_key, new ParcelWeighed(1)));
                return 1;
            }
            catch (InvalidStreamOperationException)
            {
                return 0;
            }
        }).ToArray();
        await Save(s => s.Events.ArchiveStream(_key));
        var appended = (await Task.WhenAll(appends)).Sum();

        await using var after = store.Open();
        (await after.Events.FetchStreamStateAsync(_key))!.Version.ShouldBe(1 + appended);
        (await after.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", appended));
        (await store.Shop.Scalar<long>($"select count(*) from shop.mt_events where stream_id = '{_key}' and is_archived")).ShouldBe(1 + appended);
    }

    [Fact]
    public async Task A_rebuild_leaves_its_snapshot_as_it_is()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(3)));
        await Save(s => s.Events.ArchiveStream(_key));
        await store.Shop.Execute($"update shop.mt_doc_parcel set data = jsonb_set(data, '{{Grams}}', '99') where id = '{_key}'");

        using var daemon = await store.Store.BuildProjectionDaemonAsync();
        await daemon.RebuildProjectionAsync<Parcel>(TestContext.Current.CancellationToken);

        await using var session = store.Open();
        (await session.LoadAsync<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 99));
    }

    private async Task Save(Action<IDocumentSession> change)
    {
        await using var session = store.Open();
        change(session);
        await session.SaveChangesAsync();
    }

    private sealed record NobodysEvent;
}
