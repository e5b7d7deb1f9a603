using Engagement.Testing;

namespace Engagement.Engine.Tests.EventStore;

/// <summary>Code of yesterday goes on beside the schema of today, on connections whose statements were prepared before the change.</summary>
public sealed class RollingChangeTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private string _database = "";
    private Shop? _old;

    private Shop Old => _old!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateDatabaseAsync();
        _old = await Shop.Open(new ShopOptions(_database));
        Old.Behaviours["look"] = async (message, session, _, _) =>
        {
            session.Store(new HeavyParcel("looked", ((await session.LoadAsync<HeavyParcel>("looked"))?.Grams ?? 0) + 1));
            await session.Events.FetchForWriting<Parcel>("parcel/looked");
            session.Events.Append("parcel/looked", new ParcelPacked("ada", Noon));
            return null;
        };
        for (var i = 0; i < 3; i++) await Work(i);
    }

    public ValueTask DisposeAsync() => Old.DisposeAsync();

    [Fact]
    public async Task Statements_go_on_when_metadata_columns_an_extra_column_and_an_index_were_added()
    {
        await using (await New(store => store.Events.MetadataConfig.EnableAll())) await Work(10);
        (await Columns("'correlation_id', 'causation_id', 'headers'")).ShouldBe(3);

        foreach (var table in new[] { "mt_events", "mt_streams", "mt_doc_parcel" }) await Old.Execute($"alter table shop.{table} add column seen boolean");
        await using (await New(store => store.Schema.For<HeavyParcel>().Index(p => p.Id))) await Work(15);
        (await Columns("'seen'")).ShouldBe(1);
        (await Old.Scalar<long>("select count(*) from pg_class where relname = 'mt_doc_heavyparcel_idx_id'")).ShouldBe(1);
        await Work(20);
    }

    [Theory]
    [InlineData("alter table shop.mt_events alter column type type text, alter column mt_dotnet_type type varchar(700)")]
    [InlineData("alter table shop.mt_doc_parcel alter column mt_version type bigint; alter table shop.mt_streams alter column timestamp type timestamptz(6)")]
    public async Task A_statement_whose_result_has_changed_is_prepared_anew(string change)
    {
        await Shop.Execute(_database, change);

        await Work(10);

        Old.Log.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_save_that_meets_a_changed_table_is_stored_once()
    {
        await Old.Execute("create view shop.parcels as select * from effects");
        await using var store = new DocumentStore(new StoreOptions().With(o => o.Connection($"{_database};Maximum Pool Size=1")), null, TimeProvider.System);
        async Task Save(int no)
        {
            await using var session = store.LightweightSession("demo");
            session.QueueSqlCommand("insert into effects (tenant, grp, no) values ('demo', 'save', ?)", no);
            session.QueueSqlCommand("select * from shop.parcels where grp = ?", "save");
            session.QueueSqlCommand("select *, 1 from shop.parcels where grp = ?", "save");
            await session.SaveChangesAsync();
        }

        for (var i = 0; i < 3; i++) await Save(i);
        await Shop.Execute(_database, "drop view shop.parcels; alter table effects add column seen boolean; create view shop.parcels as select * from effects");
        await Save(3);

        (await Old.Column<int>("select no from effects where grp = 'save' order by no")).ShouldBe([0, 1, 2, 3]);
    }

    /// <summary>A later version beside the old one; both work the same queue.</summary>
    private Task<Shop> New(Action<StoreOptions> configure) => Shop.Open(new ShopOptions(_database) { Store = configure, Behaviours = Old.Behaviours });

    private Task<long> Columns(string names) =>
        Old.Scalar<long>($"select count(*) from pg_attribute where attrelid = 'shop.mt_events'::regclass and attname in ({names})");

    /// <summary>Appends, reads and follows in each of the ways that a service has.</summary>
    private async Task Work(int no)
    {
        var key = $"parcel/{no}";
        for (var again = 0; again < 3; again++)   // on whatever connection the pool gives
        {
            await using var session = Old.Store.LightweightSession("demo");
            var stream = await session.Events.FetchForWriting<Parcel>(key);
            if (stream.Aggregate is null) stream.AppendOne(new ParcelPacked("ada", Noon));
            stream.AppendOne(new ParcelWeighed(1));
            session.Store(new HeavyParcel(key, again));
            await session.SaveChangesAsync();

            (await session.Events.FetchLatest<Parcel>(key)).ShouldBe(new Parcel(key, "ada", again + 1));
            (await session.Events.AggregateStreamAsync<Parcel>(key)).ShouldBe(new Parcel(key, "ada", again + 1));
            (await session.Events.FetchStreamAsync(key)).Count.ShouldBe(again + 2);
            (await session.Events.FetchStreamStateAsync(key))!.Version.ShouldBe(again + 2);
            (await session.QueryAsync<HeavyParcel>("where id = ?", key)).ShouldBe([new HeavyParcel(key, again)]);
            await session.Events.AggregateStreamAsync<ParcelSteps>(key, timestamp: Noon);
        }

        var looked = await Looked();
        await Old.Publish(new Act("look", 1, Group: "look"), new Act("look", 2, Group: "look"));
        await Old.Drain();
        (await Looked()).ShouldBe(looked + 2);
    }

    private async Task<int> Looked()
    {
        await using var session = Old.Store.QuerySession("demo");
        return (await session.LoadAsync<HeavyParcel>("looked"))?.Grams ?? 0;
    }
}
