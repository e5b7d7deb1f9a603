using System.Net;
using System.Net.Sockets;
using Engagement.Hosting;
using Npgsql;

namespace Engagement.Engine.Tests.Hosting;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    private EmbeddedPostgresOptions Options => new()
    {
        DataFolder = folder["postgres"],
        Password = "it's a secret",
        Settings = new Dictionary<string, string> { ["fsync"] = "off", ["shared_buffers"] = "16MB" },
    };

    [Fact]
    public async Task A_new_server_takes_its_settings_and_never_runs_as_root()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options);

        (await ScalarAsync(server, "SHOW fsync")).ShouldBe("off");
        (await ScalarAsync(server, "SHOW listen_addresses")).ShouldBe("127.0.0.1");
        (await ScalarAsync(server, "SHOW server_encoding")).ShouldBe("UTF8");
        (await ScalarAsync(server, "SHOW idle_in_transaction_session_timeout")).ShouldBe("1min");
        (await ScalarAsync(server, "SELECT upper('perché')")).ShouldBe("PERCHÉ");
        if (!OperatingSystem.IsWindows())
            (await Command.RunAsync(["ps", "-o", "user=", "-p", $"{await server.ProcessId}"], default)).Output.ShouldNotBe("root");
    }

    [Fact]
    public async Task Data_survive_a_restart_and_a_kill_of_the_server()
    {
        await using (var server = await EmbeddedPostgres.StartAsync(Options))
        {
            await server.CreateDatabaseAsync("shop");
            await server.CreateDatabaseAsync("shop");
            await ScalarAsync(server, "CREATE TABLE kept (value text)", "shop");
            await ScalarAsync(server, "INSERT INTO kept VALUES ('before the restart')", "shop");
        }

        await using (var server = await EmbeddedPostgres.StartAsync(Options))
        {
            (await ScalarAsync(server, "SELECT value FROM kept", "shop")).ShouldBe("before the restart");
            // A backend that is busy outlives its postmaster for a while.
            await using var busy = new NpgsqlConnection(server.ConnectionStringFor("shop"));
            await busy.OpenAsync();
            await using var sleep = new NpgsqlCommand("SELECT pg_sleep(1)", busy);
            var sleeping = sleep.ExecuteNonQueryAsync();
            await Command.RunAsync(["kill", "-9", $"{await server.ProcessId}"], default);
            (await server.Exited).ShouldBe(128 + 9);

            await using var again = await EmbeddedPostgres.StartAsync(Options);
            (await ScalarAsync(again, "SELECT value FROM kept", "shop")).ShouldBe("before the restart");
            await Should.ThrowAsync<NpgsqlException>(() => sleeping);
        }
    }

    [Fact]
    public async Task Another_password_takes_the_place_of_the_first()
    {
        await (await EmbeddedPostgres.StartAsync(Options)).DisposeAsync();
        await using var server = await EmbeddedPostgres.StartAsync(Options with { Password = "another" });
        (await ScalarAsync(server, "SELECT 'in'")).ShouldBe("in");
    }

    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var error = await Should.ThrowAsync<DistributedApplicationException>(() => EmbeddedPostgres.StartAsync(Options with { Port = port }));

        error.Message.ShouldBe($"PostgreSQL can't listen on port {port}: another program has it.");
    }

    [Fact]
    public async Task A_folder_has_one_server_at_a_time()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options);

        var error = await Should.ThrowAsync<DistributedApplicationException>(() => EmbeddedPostgres.StartAsync(Options));

        error.Message.ShouldBe($"The PostgreSQL data folder {folder["postgres"]} is in use by another process.");
    }

    [Fact]
    public async Task Missing_programs_are_one_sentence()
    {
        var error = await Should.ThrowAsync<DistributedApplicationException>(() => EmbeddedPostgres.StartAsync(Options with { BinFolder = folder["nothing"] }));

        error.Message.ShouldBe($"PostgreSQL (version 15 or later) was not found in {folder["nothing"]}.");
    }

    [Fact]
    public void A_role_has_a_stable_password_of_its_own()
    {
        DatabaseRoles.Password("server", "orders").ShouldBe(DatabaseRoles.Password("server", "orders"));
        DatabaseRoles.Password("server", "orders").ShouldNotBe(DatabaseRoles.Password("server", "messaging"));
        DatabaseRoles.Password("server", "orders").ShouldNotBe(DatabaseRoles.Password("other", "orders"));
        DatabaseRoles.Password("server", "orders").ShouldMatch("^[A-Za-z0-9_-]{43}$");
        Should.Throw<ArgumentException>(() => DatabaseRoles.Password("", "orders"));
    }

    public void Dispose() => folder.Dispose();

    private static async Task<object?> ScalarAsync(EmbeddedPostgres server, string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(server.ConnectionStringFor(database));
        await connection.OpenAsync();
#pragma warning disable CA2100 // the test's own text
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
