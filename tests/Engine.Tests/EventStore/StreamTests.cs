using Engagement.Testing;

namespace Engagement.Engine.Tests.EventStore;

public sealed class StreamTests(StoreShop store) : IClassFixture<StoreShop>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private readonly string _key = StoreShop.NewKey();

    [Fact]
    public async Task Events_come_back_as_they_were_stored_with_what_the_store_knows_of_them()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(3)));
        await Save(s => s.Events.Append(_key, new ParcelWeighed(4)));

        await using var session = store.Open();
        var events = await session.Events.FetchStreamAsync(_key);
        events.Select(e => e.Data).ShouldBe([new ParcelPacked("ada", Noon), new ParcelWeighed(3), new ParcelWeighed(4)]);
        events.Select(e => (e.Version, e.StreamKey, e.TenantId, e.EventTypeName)).ShouldBe(
            [(1, _key, "demo", "parcel_packed"), (2, _key, "demo", "parcel_weighed"), (3, _key, "demo", "parcel_weighed")]);
        events.Select(e => e.Sequence).ShouldBeInOrder();
        events.Select(e => e.Id).Distinct().Count().ShouldBe(3);
        var state = await session.Events.FetchStreamStateAsync(_key);
        (state!.Key, state.Version, state.IsArchived, state.AggregateType, state.Created, state.LastTimestamp).ShouldBe(
            (_key, 3, false, typeof(Parcel), events[0].Timestamp, events[2].Timestamp));
        (await session.Events.FetchStreamStateAsync("parcel/none")).ShouldBeNull();
    }

    [Fact]
    public async Task A_stream_is_read_from_up_to_and_until()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(3)));
        await Save(s => s.Events.Append(_key, new ParcelWeighed(4)));

        await using var session = store.Open();
        (await session.Events.FetchStreamAsync(_key, version: 2)).Count.ShouldBe(2);
        (await session.Events.FetchStreamAsync(_key, fromVersion: 3)).Select(e => e.Version).ShouldBe([3]);
        var second = (await session.Events.FetchStreamAsync(_key))[1].Timestamp;
        (await session.Events.FetchStreamAsync(_key, timestamp: second)).Count.ShouldBe(2);
        (await session.Events.AggregateStreamAsync<Parcel>(_key, version: 2)).ShouldBe(new Parcel(_key, "ada", 3));
        (await session.Events.AggregateStreamAsync<Parcel>("parcel/none")).ShouldBeNull();
        (await session.Events.FetchStreamAsync("parcel/none")).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_aggregate_is_folded_up_to_a_version_until_a_time_and_onto_a_state_that_is_known()
    {
        var clock = new TestClock(Noon);
        var options = new StoreOptions { DatabaseSchemaName = "shop" }.With(o => o.Connection(store.Shop.ConnectionString));
        await using var own = new DocumentStore(options, null, clock);
        await using var session = own.LightweightSession("demo");
        session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(1));
        await session.SaveChangesAsync();
        clock.Advance(TimeSpan.FromHours(1));
        session.Events.Append(_key, new ParcelWeighed(10), new ParcelWeighed(100));
        await session.SaveChangesAsync();

        var events = session.Events;
        (await events.AggregateStreamAsync<Parcel>(_key))!.Grams.ShouldBe(111);
        (await events.AggregateStreamAsync<Parcel>(_key, 3))!.Grams.ShouldBe(11);
        (await events.AggregateStreamAsync<Parcel>(_key, timestamp: Noon))!.Grams.ShouldBe(1);
        (await events.AggregateStreamAsync<Parcel>(_key, 3, Noon))!.Grams.ShouldBe(1);
        (await events.AggregateStreamAsync<Parcel>(_key, timestamp: Noon.AddHours(1)))!.Grams.ShouldBe(111);
        (await events.AggregateStreamAsync<Parcel>(_key, timestamp: Noon.AddSeconds(-1))).ShouldBeNull();
        (await events.AggregateStreamAsync(_key, state: new Parcel(_key, "bob", 5), fromVersion: 3))!.ShouldBe(new Parcel(_key, "bob", 115));
        (await events.AggregateStreamAsync(_key, 3, state: new Parcel(_key, "bob", 5), fromVersion: 3))!.ShouldBe(new Parcel(_key, "bob", 15));
        (await events.AggregateStreamAsync(_key, state: new Parcel(_key, "bob", 5), fromVersion: 5))!.ShouldBe(new Parcel(_key, "bob", 5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(-7)]
    public async Task An_append_at_another_version_than_expected_is_refused_and_stores_nothing(long expectedAfter)
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));

        await Should.ThrowAsync<ConcurrencyException>(() => Save(s =>
        {
            s.Events.Append(_key, expectedAfter, new ParcelWeighed(1));
            s.Store(new HeavyParcel(_key, 1));
        }));

        await using var session = store.Open();
        (await session.Events.FetchStreamAsync(_key)).Count.ShouldBe(1);
        (await session.LoadAsync<HeavyParcel>(_key)).ShouldBeNull();
    }

    [Fact]
    public async Task The_expected_version_is_the_one_after_the_append()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));
        await Save(s => s.Events.Append(_key, 3, new ParcelWeighed(1), new ParcelWeighed(2)));

        (await Version()).ShouldBe(3);
    }

    [Fact]
    public async Task An_expected_version_of_a_stream_that_is_not_there_is_refused()
    {
        await Should.ThrowAsync<EventStreamUnexpectedMaxEventIdException>(() => Save(s => s.Events.Append(_key, 5, new ParcelRenamed("x"))));
        await Should.ThrowAsync<EventStreamUnexpectedMaxEventIdException>(() => Save(s => s.Events.Append(_key, 2, new NobodysEvent())));

        (await Version()).ShouldBe(0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Where_no_snapshot_is_kept_the_database_itself_refuses_an_unexpected_version(long expectedAfter)
    {
        await Save(s => s.Events.StartStream(_key, new NobodysEvent(), new NobodysEvent()));
        await Should.ThrowAsync<EventStreamUnexpectedMaxEventIdException>(() => Save(s => s.Events.Append(_key, expectedAfter, new NobodysEvent())));

        await Save(s => s.Events.Append(_key, 3, new NobodysEvent()));
        (await Version()).ShouldBe(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(500)]
    public async Task Any_number_of_events_is_stored_in_their_order(int count)
    {
        var weighed = Enumerable.Range(1, count - 1).Select(i => new ParcelWeighed(i));
        await Save(s => s.Events.StartStream<Parcel>(_key, [new ParcelPacked("ada", Noon), .. weighed]));

        await using var session = store.Open();
        var events = await session.Events.FetchStreamAsync(_key);
        events.Select(e => e.Version).ShouldBe(Enumerable.Range(1, count).Select(v => (long)v));
        events.Skip(1).Select(e => ((ParcelWeighed)e.Data).Grams).ShouldBe(Enumerable.Range(1, count - 1));
        events.Select(e => e.Sequence).ShouldBeInOrder();
    }

    [Fact]
    public async Task A_second_start_is_refused()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));

        await Should.ThrowAsync<ExistingStreamIdCollisionException>(() => Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("bob", Noon))));
        await using var session = store.Open();
        session.Events.StartStream("parcel/twice", new ParcelPacked("ada", Noon));
        Should.Throw<ExistingStreamIdCollisionException>(() => session.Events.StartStream("parcel/twice", new ParcelPacked("bob", Noon)));
        (await Version()).ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_writers_that_read_the_same_version_one_wins_and_of_the_other_nothing_is_stored()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));
        const int Writers = 16;
        var read = new Barrier();

        var results = await Task.WhenAll(Enumerable.Range(0, Writers).Select(async i =>
        {
            await using var session = store.Open();
            var stream = await session.Events.FetchForWriting<Parcel>(_key);
            await read.Wait(Writers);
            stream.AppendOne(new ParcelWeighed(i));
            session.Store(new HeavyParcel($"{_key}/{i}", i));
            try
            {
                await session.SaveChangesAsync();
                return true;
            }
            catch (ConcurrencyException)
            {
                return false;
            }
        }));

        results.Count(won => won).ShouldBe(1);
        var winner = Array.IndexOf(results, true);
        await using var after = store.Open();
        (await after.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", winner));
        (await after.Events.FetchStreamAsync(_key)).Count.ShouldBe(2);
        (await after.QueryAsync<HeavyParcel>("where data ->> 'Id' like ?", $"{_key}/%")).ShouldBe([new HeavyParcel($"{_key}/{winner}", winner)]);
    }

    [Fact]
    public async Task Of_many_that_start_a_stream_at_once_one_does_and_of_the_others_nothing_is_stored()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            await using var session = store.Open();
            session.Events.StartStream<Parcel>(_key, new ParcelPacked($"{i}", Noon));
            session.QueueSqlCommand("insert into effects (tenant, grp, no) values ('demo', ?, ?)", _key, i);
            try
            {
                await session.SaveChangesAsync();
                return true;
            }
            catch (ExistingStreamIdCollisionException)
            {
                return false;
            }
        }));

        results.Count(won => won).ShouldBe(1);
        var winner = Array.IndexOf(results, true);
        (await store.Open().Events.FetchLatest<Parcel>(_key))!.By.ShouldBe($"{winner}");
        (await store.Shop.Column<int>($"select no from effects where grp = '{_key}'")).ShouldBe([winner]);
    }

    [Fact]
    public async Task Writers_that_read_again_all_come_through()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            while (true)
            {
                await using var session = store.Open();
                var stream = await session.Events.FetchForWriting<Parcel>(_key);
                if (stream.Aggregate is null) stream.AppendOne(new ParcelPacked("ada", Noon));
                stream.AppendOne(new ParcelWeighed(1));
                try
                {
                    await session.SaveChangesAsync();
                    return;
                }
                catch (ConcurrencyException)
                {
                }
            }
        }));

        await using var after = store.Open();
        (await after.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 8));
        (await after.Events.FetchStreamAsync(_key)).Select(e => e.Version).ShouldBe(Enumerable.Range(1, 9).Select(v => (long)v));
    }

    [Fact]
    public async Task An_append_that_expects_no_version_starts_the_stream_or_goes_after_whoever_was_first()
    {
        const int Writers = 12;
        await Save(s => s.Events.Append(_key, new ParcelPacked("ada", Noon)));

        await Task.WhenAll(Enumerable.Range(1, Writers).Select(_ => Save(s => s.Events.Append(_key, new ParcelWeighed(1), new ParcelWeighed(1)))));

        await using var after = store.Open();
        (await after.Events.FetchStreamAsync(_key)).Select(e => e.Version).ShouldBe(Enumerable.Range(1, 1 + 2 * Writers).Select(v => (long)v));
        (await after.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 2 * Writers));
    }

    [Fact]
    public async Task What_is_fetched_twice_in_a_session_is_one_stream()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon)));

        await using (var session = store.Open())
        {
            var first = await session.Events.FetchForWriting<Parcel>(_key);
            first.AppendOne(new ParcelWeighed(1));
            var second = await session.Events.FetchForWriting<Parcel>(_key);
            second.AppendOne(new ParcelWeighed(2));
            first.AppendOne(new ParcelWeighed(3));
            await session.SaveChangesAsync();
            Should.Throw<InvalidOperationException>(() => first.AppendOne(new ParcelWeighed(4))).Message
                .ShouldBe($"The session has saved stream {_key}: fetch it again to append more.");
        }

        await using var after = store.Open();
        (await after.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "ada", 6));
    }

    [Fact]
    public async Task FetchForWriting_tells_versions_and_refuses_an_unexpected_one()
    {
        await Save(s => s.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(5)));

        await using var session = store.Open();
        var stream = await session.Events.FetchForWriting<Parcel>(_key, 2);
        stream.AppendMany(new ParcelWeighed(1), new ParcelWeighed(1));
        (stream.Key, stream.StartingVersion, stream.CurrentVersion, stream.Aggregate, stream.Events.Count)
            .ShouldBe((_key, 2, 4, new Parcel(_key, "ada", 5), 2));
        var none = await session.Events.FetchForWriting<Parcel>("parcel/none");
        (none.Aggregate, none.StartingVersion).ShouldBe((null, 0));
        await Should.ThrowAsync<ConcurrencyException>(() => store.Open().Events.FetchForWriting<Parcel>(_key, 1));
    }

    [Fact]
    public async Task Tenants_have_streams_and_documents_of_their_own_under_the_same_key()
    {
        foreach (var (tenant, by) in new[] { ("north", "ada"), ("south", "bob") })
        {
            await using var session = store.Open(tenant);
            session.Events.StartStream<Parcel>(_key, new ParcelPacked(by, Noon));
            session.Store(new HeavyParcel(_key, by.Length * 100));
            await session.SaveChangesAsync();
        }

        await using var south = store.Open("south");
        (await south.Events.FetchLatest<Parcel>(_key)).ShouldBe(new Parcel(_key, "bob", 0));
        (await south.Events.FetchStreamAsync(_key)).ShouldHaveSingleItem().Data.ShouldBe(new ParcelPacked("bob", Noon));
        (await south.Events.FetchForWriting<Parcel>(_key)).StartingVersion.ShouldBe(1);
        south.Delete<HeavyParcel>(_key);
        await south.SaveChangesAsync();
        await using var north = store.Open("north");
        (await north.LoadAsync<HeavyParcel>(_key)).ShouldBe(new HeavyParcel(_key, 300));
        (await store.Open().Events.FetchLatest<Parcel>(_key)).ShouldBeNull();
    }

    private async Task<long> Version()
    {
        await using var session = store.Open();
        return (await session.Events.FetchStreamStateAsync(_key))?.Version ?? 0;
    }

    private async Task Save(Action<IDocumentSession> change)
    {
        await using var session = store.Open();
        change(session);
        await session.SaveChangesAsync();
    }

    private sealed record NobodysEvent;

    /// <summary>Lets all go on once all are here.</summary>
    private sealed class Barrier
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _here;

        public Task Wait(int all)
        {
            if (Interlocked.Increment(ref _here) == all) _open.SetResult();
            return _open.Task;
        }
    }
}
