using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.EventStore;

public sealed class SchemaTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Several_hosts_may_start_at_once_on_an_empty_database_and_what_misses_is_added_later()
    {
        var database = await postgres.CreateDatabaseAsync();
        var shops = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Shop.Open(database)));
        foreach (var shop in shops) await shop.DisposeAsync();
        await Shop.Execute(database, "drop index shop.mt_doc_heavyparcel_idx_grams; drop table bus.shop_retries");

        await using var later = await Shop.Open(new ShopOptions(database) { Store = store => store.Schema.For<Shelf>().Index(s => s.Room) });

        const string Added = "select count(*) from pg_class where relname in ('mt_doc_heavyparcel_idx_grams', 'shop_retries', 'mt_doc_shelf_idx_room')";
        (await later.Scalar<long>(Added)).ShouldBe(3);
    }

    [Fact]
    public async Task A_role_that_may_not_make_tables_is_told_to_migrate()
    {
        var database = await postgres.CreateDatabaseAsync();
        var role = $"r{Guid.NewGuid():N}";
        await Shop.Execute(
            database,
            $"""
            create role {role} login password 'x'; create schema shop; grant usage on schema shop to {role};
            create table effects(); grant create on schema public to {role}
            """);
        var connection = new NpgsqlConnectionStringBuilder(database) { Username = role, Password = "x" }.ConnectionString;

        (await Should.ThrowAsync<InvalidOperationException>(() => Shop.Open(connection))).Message
            .ShouldBe("The schema 'shop' lacks tables or indexes that this service needs, and its role may not make them: run tools/Migrate first.");
    }
}
