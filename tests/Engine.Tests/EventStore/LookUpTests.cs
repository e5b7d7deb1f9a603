using Npgsql;

namespace Engagement.Engine.Tests.EventStore;

public sealed class LookUpTests(StoreShop store) : IClassFixture<StoreShop>
{
    [Fact]
    public async Task Many_ids_are_looked_up_by_the_whole_key_also_with_a_plan_that_was_made_for_an_empty_table()
    {
        var sql = ((DocumentStore)store.Store).Options.Document(typeof(Shelf)).LoadMany(Shop.Tenant, []).CommandText;
        await using var connection = new NpgsqlConnection(store.Shop.ConnectionString);
        await connection.OpenAsync();
        await Execute("set plan_cache_mode = force_generic_plan");
        await Execute($"prepare many (varchar, varchar[]) as {sql}");
        await Execute("execute many ('demo', array['1'])");
        await Execute("insert into shop.mt_doc_shelf (tenant_id, id, data) select 'demo', i, '{}' from generate_series(1, 20000) i");

        var plan = new List<string>();
        await using (var explain = new NpgsqlCommand("explain (analyze, costs off, timing off) execute many ('demo', array['7', '8', 'nobody'])", connection))
        await using (var reader = await explain.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) plan.Add(reader.GetString(0).Trim());
        }

        plan.ShouldContain("Index Cond: (((tenant_id)::text = ($1)::text) AND ((id)::text = (wanted.id)::text))");
        plan.ShouldNotContain(line => line.StartsWith("Rows Removed by Filter", StringComparison.Ordinal));

        async Task Execute(string statement)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
