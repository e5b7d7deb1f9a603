using Engagement.Migrate;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Tools.Tests.Migrate;

[Collection(OneServer.Name)]
public sealed class MigrationTests(PostgresFixture server) : IAsyncLifetime
{
    private const string Tables =
        "select schemaname || '.' || tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1";

    public async ValueTask InitializeAsync() => await server.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Several_at_once_make_the_databases_on_an_empty_server()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.MigrateAsync()));

        await using var admin = await server.OpenAsync();
        var tables = await admin.RowsAsync(Tables, row => row.GetString(0));
        foreach (var service in Migration.Services)
        {
            tables.ShouldContain($"{service.Name}.mt_events");
            tables.ShouldContain($"bus.{service.Name}");
        }
        await using var keys = await server.OpenAsync(Migration.KeysDatabase);
        (await keys.RowsAsync(Tables, row => row.GetString(0))).ShouldBe(["public.customer_keys"]);
    }

    [Fact]
    public async Task A_second_run_changes_nothing()
    {
        await server.MigrateAsync();
        await using var admin = await server.OpenAsync();
        await admin.ExecuteAsync("insert into orders.mt_streams (tenant_id, id, version) values ('demo', 'order/1', 1)");
        await using var service = await server.OpenAsAsync("orders");   // runs on, as an older version does
        var before = await CatalogAsync(admin);

        await server.MigrateAsync();

        (await CatalogAsync(admin)).ShouldBe(before);
        (await service.RowsAsync("select id from orders.mt_streams", row => row.GetString(0))).ShouldBe(["order/1"]);
    }

    [Fact]
    public async Task Outside_development_the_clock_can_not_be_moved_for_there_is_none()
    {
        await server.MigrateAsync(development: false);

        await using var admin = await server.OpenAsync();
        (await admin.RowsAsync(Tables, row => row.GetString(0))).ShouldAllBe(table => !table.Contains("clock"));
        (await admin.RowsAsync("select proname::text from pg_proc where pronamespace = 'bus'::regnamespace", row => row.GetString(0))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_service_logs_in_with_the_password_derived_from_the_servers_and_with_no_other()
    {
        await server.MigrateAsync();

        await using (await server.OpenAsAsync("orders"))
        {
        }
        var refused = await Should.ThrowAsync<PostgresException>(() => server.OpenAsAsync("orders", password: "orders"));
        refused.SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task A_password_set_by_hand_goes_before_the_derived_one()
    {
        await server.MigrateAsync(passwordOf: role => role == "orders" ? "it's \\ mine" : null);

        await using (await server.OpenAsAsync("orders", password: "it's \\ mine"))
        await using (await server.OpenAsAsync("messaging"))
        {
        }
        (await Should.ThrowAsync<PostgresException>(() => server.OpenAsAsync("orders"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Theory]
    [InlineData("bus.orders", "", 1)]
    [InlineData("bus.gateway_retries", "retry_at = $1 + '1 hour', attempts = 1", 1)]
    [InlineData("bus.messaging_scheduled", "due = $1", 1)]
    [InlineData("bus.messaging_scheduled", "due = $1 + '1 hour'", 0, 1)]
    [InlineData("bus.messaging_dead_letters", "attempts = 3, dead_at = $1", 0)]
    [InlineData("messaging.deliveries", "", 1)]
    [InlineData("messaging.deliveries", "attempt = 1, lease_until = $1 + '1 minute'", 1)]
    [InlineData("messaging.deliveries", "due_at = $1 + '1 second'", 1)]   // there was no place for it
    [InlineData("messaging.deliveries", "due_at = $1 + '90 seconds'", 0)]
    [InlineData("messaging.deliveries", "attempt = 1", 0)]   // it failed, and waits for its receiver
    public async Task The_movable_clock_is_told_what_is_undone_and_when_the_next_thing_is_due(string table, string with, long undone, int? dueInHours = null)
    {
        await server.MigrateAsync();
        var now = new DateTimeOffset(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);
        var row = table == "messaging.deliveries"
            ? "tenant = 'demo', id = '1', kind = 'mail', payload = '{}', due_at = $1, created_at = $1"
            : "slot = 1, tenant = 'demo', message_id = gen_random_uuid(), message_type = 'm', body = '', sent_at = $1";
        var columns = $"{row}, {with}".TrimEnd(',', ' ').Split(", ").Select(column => column.Split(" = "))
            .GroupBy(column => column[0]).Select(said => said.Last()).ToArray();
        await using var admin = await server.OpenAsync();
        var (names, values) = (string.Join(", ", columns.Select(column => column[0])), string.Join(", ", columns.Select(column => column[1])));
        await admin.RowsAsync($"insert into {table} ({names}) values ({values})", _ => 0, now);
        await using var gateway = await server.OpenAsAsync("gateway");

        var pending = (await gateway.RowsAsync(
            "select ready, next_due from bus.pending($1)",
            row => (row.GetInt64(0), row.IsDBNull(1) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(1)), now)).Single();

        pending.ShouldBe((undone, dueInHours is { } hours ? now.AddHours(hours) : null));
    }

    [Fact]
    public async Task Asked_by_the_movable_clock_whoever_has_messages_is_woken()
    {
        await server.MigrateAsync();
        await using var listener = await server.OpenAsync();
        List<string> woken = [];
        listener.Notification += (_, told) => woken.Add(told.Payload);
        await listener.RowsAsync("listen engagement_bus", _ => 0);
        await using var gateway = await server.OpenAsAsync("gateway");
        await Ask();
        await listener.RowsAsync(
            "insert into bus.orders (slot, tenant, message_id, message_type, body, sent_at) values (1, 'demo', gen_random_uuid(), 'm', '', now())", _ => 0);

        await Ask();

        (await listener.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).ShouldBeTrue();
        woken.ShouldBe(["orders"]);

        async Task Ask() => await gateway.RowsAsync("select ready from bus.pending(now())", row => row.GetInt64(0));
    }

    /// <summary>Columns, indexes, functions and rights.</summary>
    private static async Task<List<string>> CatalogAsync(NpgsqlConnection connection) => await connection.RowsAsync(
        """
        select a.attrelid::regclass || '.' || a.attname || ' ' || a.atttypid::regtype || ' ' || a.attnotnull || ' ' || coalesce(c.relacl::text, '')
            from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
            where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and a.attnum > 0
        union all select oid::regprocedure || ' ' || md5(prosrc) || ' ' || coalesce(proacl::text, '') from pg_proc
            where pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
        union all select nspname || ' ' || coalesce(nspacl::text, '') from pg_namespace where nspname !~ '^pg_'
        union all select datname || ' ' || coalesce(datacl::text, '') from pg_database
        order by 1
        """,
        row => row.GetString(0));
}
