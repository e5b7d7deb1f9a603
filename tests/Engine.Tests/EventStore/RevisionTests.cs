using Engagement.Testing;

namespace Engagement.Engine.Tests.EventStore;

/// <summary>Tells its own revision.</summary>
public sealed record Offer(string Id, string Text) : IRevisioned
{
    public int Version { get; set; }
}

/// <summary>Its revisions are counted, but it doesn't tell them.</summary>
public sealed record Tally(string Id, int Count);

public sealed class RevisionTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly string _tenant = $"t{Guid.NewGuid():N}";
    private Shop? _shop;

    private IDocumentStore Store => _shop!.Store;

    public async ValueTask InitializeAsync() => _shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync()) { Store = Configure });

    public ValueTask DisposeAsync() => _shop!.DisposeAsync();

    [Fact]
    public async Task Each_store_counts_on_and_what_is_loaded_tells_its_revision()
    {
        await Save(s => s.Store(new Offer("a", "one")));
        await Save(s => s.Store(new Offer("a", "two"), new Offer("b", "one")));
        await Save(s => s.Insert(new Offer("c", "one")));

        await using var session = Store.QuerySession(_tenant);
        (await session.LoadAsync<Offer>("a")).ShouldBe(new Offer("a", "two") { Version = 2 });
        (await session.LoadManyAsync<Offer>("b", "c")).Select(o => o.Version).ShouldBe([1, 1]);
        (await session.QueryAsync<Offer>("where data ->> 'Text' = ? order by id", "two")).ShouldHaveSingleItem().Version.ShouldBe(2);
    }

    [Fact]
    public async Task An_update_needs_a_revision_above_the_stored_one()
    {
        await Save(s => s.UpdateRevision(new Offer("a", "one"), 1));
        var offer = new Offer("a", "five");
        await Save(s => s.UpdateRevision(offer, 5));
        offer.Version.ShouldBe(5);

        foreach (var revision in new[] { 1, 4, 5 })
        {
            (await Should.ThrowAsync<ConcurrencyException>(() => Save(s =>
            {
                s.UpdateRevision(new Offer("a", "late"), revision);
                s.Store(new Offer("other", ""));
                s.Events.StartStream("parcel/other", new ParcelPacked("ada", default));
            }))).Message.ShouldBe("The offer a was changed by another writer.");
        }

        await using var session = Store.QuerySession(_tenant);
        (await session.LoadAsync<Offer>("a")).ShouldBe(new Offer("a", "five") { Version = 5 });
        (await session.LoadAsync<Offer>("other")).ShouldBeNull();
        (await session.Events.FetchStreamStateAsync("parcel/other")).ShouldBeNull();
    }

    [Fact]
    public async Task A_try_leaves_a_newer_document_alone_and_saves_the_rest()
    {
        await Save(s => s.UpdateRevision(new Offer("a", "five"), 5));

        await Save(s =>
        {
            s.TryUpdateRevision(new Offer("a", "late"), 5);
            s.TryUpdateRevision(new Offer("b", "first"), 3);
            s.Store(new HeavyParcel("rest", 1));
        });

        await using var session = Store.QuerySession(_tenant);
        (await session.LoadAsync<Offer>("a")).ShouldBe(new Offer("a", "five") { Version = 5 });
        (await session.LoadAsync<Offer>("b")).ShouldBe(new Offer("b", "first") { Version = 3 });
        (await session.LoadAsync<HeavyParcel>("rest")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Of_many_writers_of_one_revision_one_wins_and_of_the_others_nothing_is_stored()
    {
        await Save(s => s.Store(new Offer("a", "one")));

        var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            await using var session = Store.LightweightSession(_tenant);
            var offer = await session.LoadAsync<Offer>("a");
            session.UpdateRevision(offer! with { Text = $"{i}" }, 2);
            session.Store(new HeavyParcel($"{i}", i));
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

        won.Count(w => w).ShouldBe(1);
        var winner = $"{Array.IndexOf(won, true)}";
        await using var after = Store.QuerySession(_tenant);
        (await after.LoadAsync<Offer>("a")).ShouldBe(new Offer("a", winner) { Version = 2 });
        (await after.QueryAsync<HeavyParcel>("where true")).Select(p => p.Id).ShouldBe([winner]);
    }

    [Fact]
    public async Task A_lost_race_is_told_at_once_and_not_tried_again_with_what_was_read_before()
    {
        await Save(s => s.UpdateRevision(new Offer("a", "five"), 5));
        await Save(s => s.Events.Append("parcel/late", new ParcelPacked("ada", default)));

        await Should.ThrowAsync<ConcurrencyException>(() => Save(s =>
        {
            s.UpdateRevision(new Offer("a", "late"), 5);
            s.Events.Append("parcel/late", new ParcelWeighed(1));
        }));

        (await _shop!.Scalar<long>("select last_value from shop.mt_events_sequence")).ShouldBe(2, "one number was drawn, in one attempt");
    }

    [Fact]
    public async Task A_handler_that_lost_the_race_is_tried_again_on_what_the_other_wrote()
    {
        await Save(s => s.Store(new Tally("t", 0)), Shop.Tenant);
        _shop!.Behaviours["count"] = async (_, session, _, _) =>
        {
            var tally = (await session.LoadAsync<Tally>("t"))!;
            session.UpdateRevision(new Tally("t", tally.Count + 1), tally.Count + 2);
            return null;
        };
        for (var i = 0; i < 10; i++) await _shop.Publish(new Act("count", i, Group: $"{i}"));   // in slots of their own, so side by side
        await _shop.Drain();

        await using var session = Store.QuerySession(Shop.Tenant);
        (await session.LoadAsync<Tally>("t")).ShouldBe(new Tally("t", 10));
    }

    [Fact]
    public async Task Revisions_have_to_be_asked_for_and_begin_at_one()
    {
        await using var session = Store.LightweightSession(_tenant);

        Should.Throw<InvalidOperationException>(() => session.UpdateRevision(new HeavyParcel("a", 1), 1)).Message
            .ShouldBe($"{typeof(HeavyParcel).FullName} counts no revisions: call Schema.For<HeavyParcel>().UseNumericRevisions(true).");
        Should.Throw<ArgumentOutOfRangeException>(() => session.UpdateRevision(new Offer("a", ""), 0));
        Should.Throw<InvalidOperationException>(() => new StoreOptions().Schema.For<Offer>().UseNumericRevisions(false)).Message
            .ShouldBe($"The revisions of {typeof(Offer).FullName} are always counted.");
    }

    [Fact]
    public async Task Documents_from_before_their_revisions_were_counted_are_at_the_first()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using (var before = await Shop.Open(new ShopOptions(database) { Store = store => store.Schema.For<Tally>() }))
        {
            await using var session = before.Store.LightweightSession(_tenant);
            session.Store(new Tally("t", 7));
            await session.SaveChangesAsync();
        }

        await using var after = await Shop.Open(new ShopOptions(database) { Store = Configure });
        await using var later = after.Store.LightweightSession(_tenant);
        later.UpdateRevision(new Tally("t", 8), 2);
        await later.SaveChangesAsync();
        (await later.LoadAsync<Tally>("t")).ShouldBe(new Tally("t", 8));
        later.UpdateRevision(new Tally("t", 9), 2);
        await Should.ThrowAsync<ConcurrencyException>(() => later.SaveChangesAsync());
    }

    private static void Configure(StoreOptions store)
    {
        store.Schema.For<Offer>();
        store.Schema.For<Tally>().UseNumericRevisions(true);
    }

    private async Task Save(Action<IDocumentSession> change, string? tenant = null)
    {
        await using var session = Store.LightweightSession(tenant ?? _tenant);
        change(session);
        await session.SaveChangesAsync();
    }
}
