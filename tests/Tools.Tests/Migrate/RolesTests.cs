using Engagement.Migrate;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Tools.Tests.Migrate;

/// <summary>Everything a role might try, tried: what isn't written here is refused.</summary>
[Collection(OneServer.Name)]
public sealed class RolesTests(PostgresFixture server) : IAsyncLifetime
{
    private static readonly string[] All = ["select", "insert", "update", "delete"];
    private static readonly string[] Roles = [.. Migration.Services.Select(service => service.Name)];

    public static TheoryData<string> EachRole => [.. Roles];

    public async ValueTask InitializeAsync() => await server.MigrateAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(EachRole))]
    public async Task A_role_works_in_its_schema_and_its_queue_and_inserts_into_the_queues_of_others(string role)
    {
        await using var admin = await server.OpenAsync();
        var tables = await admin.RowsAsync(
            """
            select n.nspname::text, c.relname::text, (select attname::text from pg_attribute where attrelid = c.oid and attnum = 1)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            """,
            row => (Schema: row.GetString(0), Name: row.GetString(1), Column: row.GetString(2)));
        await using var connection = await server.OpenAsAsync(role);

        List<string> allowed = [];
        foreach (var (schema, name, column) in tables)
        {
            var table = $"{schema}.{name}";
            foreach (var (right, sql) in new[]
            {
                ("select", $"select from {table}"),
                ("insert", $"insert into {table} default values"),
                ("update", $"update {table} set {column} = default where false"),
                ("delete", $"delete from {table} where false"),
                ("truncate", $"truncate {table}"),
            })
            {
                if (await connection.MayAsync(sql))
                    allowed.Add($"{right} {table}");
            }
        }

        allowed.ShouldBe(
            tables.SelectMany(table => Rights(role, table.Schema, table.Name).Select(right => $"{right} {table.Schema}.{table.Name}")), ignoreOrder: true);
        tables.Count(table => table.Schema == role).ShouldBeGreaterThan(3);
    }

    [Theory]
    [MemberData(nameof(EachRole))]
    public async Task A_role_sends_to_the_others_and_does_not_learn_what_waits_there(string role)
    {
        await using var connection = await server.OpenAsAsync(role);
        foreach (var other in Roles.Except([role]))
        {
            var columns = "slot, tenant, message_id, message_type, body, sent_at";
            var send = $"insert into bus.{other} ({columns}) values (1, 'demo', gen_random_uuid(), 'm', '', '2026-01-12')";

            (await connection.MayAsync(send)).ShouldBeTrue();
            (await connection.MayAsync($"{send} returning id")).ShouldBeFalse();
            (await connection.MayAsync($"{send} on conflict (id) do nothing")).ShouldBeFalse();
        }
    }

    [Theory]
    [MemberData(nameof(EachRole))]
    public async Task A_role_makes_nothing(string role)
    {
        await using var admin = await server.OpenAsync();
        var schemas = await admin.RowsAsync(
            "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'", row => row.GetString(0));
        await using var connection = await server.OpenAsAsync(role);

        schemas.ShouldBe([.. Roles, "bus", "public"], ignoreOrder: true);
        foreach (var schema in schemas)
        {
            (await connection.MayAsync($"create table {schema}.mine ()")).ShouldBeFalse(schema);
            (await connection.MayAsync($"create function {schema}.mine() returns int language sql as 'select 1'")).ShouldBeFalse(schema);
        }
        foreach (var sql in new[]
        {
            "create schema mine", "create temp table mine ()", "create role mine", "set role postgres", "alter role postgres password 'mine'",
            $"drop table {role}.mt_events",
        })
            (await connection.MayAsync(sql)).ShouldBeFalse(sql);
    }

    [Theory]
    [MemberData(nameof(EachRole))]
    public async Task A_role_calls_its_own_functions_and_follows_the_clock_and_only_the_Gateway_moves_it(string role)
    {
        await using var admin = await server.OpenAsync();
        var functions = await admin.RowsAsync(
            """
            select pronamespace::regnamespace::text, proname::text,
                has_function_privilege($1, oid, 'execute') and has_schema_privilege($1, pronamespace, 'usage')
            from pg_proc where pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
            """,
            row => (Schema: row.GetString(0), Name: row.GetString(1), IsAllowed: row.GetBoolean(2)), role);

        functions.Where(function => function.IsAllowed).ShouldBe(functions.Where(function =>
            function.Schema == role
            || function.Name is "follow_clock" or "unfollow_clock"
            || (role == "gateway" && function.Name is "set_clock" or "pending" or "any_events")));

        await using var connection = await server.OpenAsAsync(role);
        (await connection.MayAsync("select bus.follow_clock(gen_random_uuid(), 'a service', 0, '2026-01-12')")).ShouldBeTrue();
        foreach (var sql in new[] { "select bus.set_clock(1)", "select * from bus.pending('2026-01-12')", "select bus.any_events()" })
            (await connection.MayAsync(sql)).ShouldBe(role == "gateway", sql);
    }

    [Theory]
    [MemberData(nameof(EachRole))]
    public async Task A_role_draws_numbers_of_its_own_events_only(string role)
    {
        await using var connection = await server.OpenAsAsync(role);
        foreach (var schema in Roles)
            (await connection.MayAsync($"select nextval('{schema}.mt_events_sequence')")).ShouldBe(schema == role, schema);
    }

    [Theory]
    [InlineData("gateway", "select, insert")]
    [InlineData("messaging", "select, insert, delete")]
    public async Task The_customers_keys_are_read_and_made_by_Messaging_and_the_Gateway(string role, string rights)
    {
        await using var connection = await server.OpenAsAsync(role, Migration.KeysDatabase);
        foreach (var (right, sql) in new[]
        {
            ("select", "select from customer_keys"),
            ("insert", "insert into customer_keys default values"),
            ("update", "update customer_keys set tenant = default where false"),
            ("delete", "delete from customer_keys where false"),
            ("create", "create table public.mine ()"),
            ("temp", "create temp table mine ()"),
        })
            (await connection.MayAsync(sql)).ShouldBe(rights.Contains(right), right);
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("support")]
    [InlineData("carts")]
    public async Task The_others_have_no_way_to_the_customers_keys(string role)
    {
        var refused = await Should.ThrowAsync<PostgresException>(() => server.OpenAsAsync(role, Migration.KeysDatabase));
        refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    private static string[] Rights(string role, string schema, string table) => (schema, table) switch
    {
        _ when schema == role => All,
        ("bus", "clock") => ["select"],
        ("bus", "clock_followers") => role == "gateway" ? ["select"] : [],
        ("bus", _) when table == role || table.StartsWith($"{role}_", StringComparison.Ordinal) => All,
        ("bus", _) when Roles.Any(other => table == other || table == $"{other}_scheduled") => ["insert"],
        _ => [],
    };
}
