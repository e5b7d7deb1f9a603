namespace Engagement.Engine.Tests.EventStore;

public sealed class BatchedQueryTests(StoreShop store) : IClassFixture<StoreShop>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private readonly string _tenant = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task A_batch_reads_documents_and_snapshots_of_its_tenant_each_as_if_asked_alone()
    {
        await Fill("elsewhere", "theirs");
        await Fill(_tenant, "ours");
        await using var session = store.Open(_tenant);
        var batch = session.CreateBatchQuery();
        var (shelf, nobody, parcel) = (batch.Load<Shelf>("a"), batch.Load<Shelf>("nobody"), batch.Load<Parcel>($"parcel/{_tenant}"));
        var (cellar, none, again) = (
            batch.Query<Shelf>("where data ->> 'Room' = ? order by d.id", Room.Cellar), batch.Query<Shelf>("where false"), batch.Load<Shelf>("a"));
        shelf.IsCompleted.ShouldBeFalse();
        await batch.Execute();

        (await shelf).ShouldBe(new Shelf("a", Room.Attic, "ours"));
        (await nobody).ShouldBeNull();
        (await parcel).ShouldBe(await session.LoadAsync<Parcel>($"parcel/{_tenant}"));
        (await cellar).ShouldBe([new Shelf("b", Room.Cellar, "ours"), new Shelf("c", Room.Cellar, "ours")]);
        (await none).ShouldBeEmpty();
        (await again).ShouldBe(await shelf);
        (await parcel).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_batch_is_one_round_trip_and_an_empty_one_none()
    {
        await using var wire = new Wire(store.Shop.ConnectionString);
        await using var through = new DocumentStore(new StoreOptions { DatabaseSchemaName = "shop" }.With(o => o.Connection(wire.ConnectionString)), null, TimeProvider.System);
        await using var session = through.LightweightSession(_tenant);
        for (var warmUp = 0; warmUp < 5; warmUp++) await Read();   // connects, prepares

        var before = wire.RoundTrips;
        await Read();
        await session.CreateBatchQuery().Execute();

        (wire.RoundTrips - before).ShouldBe(1);

        async Task Read()
        {
            var batch = session.CreateBatchQuery();
            var (shelf, book, shelves) = (batch.Load<Shelf>("a"), batch.Load<Book>("b"), batch.Query<Shelf>("where true"));
            await batch.Execute();
            await Task.WhenAll(shelf, book, shelves);
        }
    }

    [Fact]
    public async Task What_fails_in_a_batch_is_thrown_by_it_and_by_each_of_its_reads_and_the_next_batch_goes()
    {
        await using var session = store.Open(_tenant);
        var batch = session.CreateBatchQuery();
        var (fine, wrong) = (batch.Load<Shelf>("a"), batch.Query<Shelf>("where nothing"));

        var thrown = await Should.ThrowAsync<Npgsql.PostgresException>(() => batch.Execute());

        (await Should.ThrowAsync<Npgsql.PostgresException>(() => fine)).ShouldBeSameAs(thrown);
        (await Should.ThrowAsync<Npgsql.PostgresException>(() => wrong)).ShouldBeSameAs(thrown);
        var next = batch.Load<Shelf>("a");
        await batch.Execute();
        (await next).ShouldBeNull();
    }

    [Fact]
    public async Task A_batch_that_meets_a_changed_table_is_read_anew()
    {
        await store.Shop.Execute("create table shop.mt_doc_crate (like shop.mt_doc_shelf including all)");
        await using var through = new DocumentStore(
            new StoreOptions { DatabaseSchemaName = "shop" }.With(o => o.Connection($"{store.Shop.ConnectionString};Maximum Pool Size=1")), null, TimeProvider.System);
        await using var session = through.LightweightSession(_tenant);
        await Fill(_tenant, "ours");
        for (var warmUp = 0; warmUp < 10; warmUp++) await Read();   // prepares
        await store.Shop.Execute("alter table shop.mt_doc_crate alter column data type json");

        (await Read()).ShouldBe(new Shelf("a", Room.Attic, "ours"));

        async Task<Shelf?> Read()
        {
            var batch = session.CreateBatchQuery();
            var (shelf, crate) = (batch.Load<Shelf>("a"), batch.Load<Crate>("a"));
            await batch.Execute();
            (await crate).ShouldBeNull();
            return await shelf;
        }
    }

    private async Task Fill(string tenant, string label)
    {
        await using var session = store.Open(tenant);
        session.Store(new Shelf("a", Room.Attic, label), new Shelf("b", Room.Cellar, label), new Shelf("c", Room.Cellar, label));
        session.Events.StartStream<Parcel>($"parcel/{tenant}", new ParcelPacked(label, Noon));
        await session.SaveChangesAsync();
    }
}

internal sealed record Crate(string Id);
