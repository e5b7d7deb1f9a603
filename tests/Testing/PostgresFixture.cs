using Engagement.Hosting;
using Npgsql;
using Xunit;

namespace Engagement.Testing;

/// <summary>
/// One PostgreSQL server for a test assembly, with a new data folder, gone afterwards. Use it as
/// <c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c> and take it as a constructor parameter. Thread-safe.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"engagement-tests-{Guid.NewGuid():N}");
    private EmbeddedPostgres? _server;

    /// <summary>The superuser on the database <c>postgres</c>.</summary>
    public string ConnectionString => Server.ConnectionString;

    private EmbeddedPostgres Server => _server ?? throw new InvalidOperationException("PostgreSQL isn't started: is the fixture an assembly fixture?");

    public async ValueTask InitializeAsync() => _server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions
    {
        DataFolder = Path.Combine(_folder, "data"),   // its lock file lies beside it
        Password = Guid.NewGuid().ToString("N"),
        Settings = new Dictionary<string, string>
        {
            ["fsync"] = "off",   // nobody misses a test's data
            ["full_page_writes"] = "off",
            ["shared_buffers"] = "64MB",
        },
    });

    /// <summary>Makes a new, empty database.</summary>
    /// <returns>Its connection string, as superuser.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Guid.NewGuid():N}";
        await Server.CreateDatabaseAsync(name);
        return Server.ConnectionStringFor(name);
    }

    /// <summary>Cuts everybody off from a database, as when its server is away, until the result is disposed.</summary>
    public async Task<IAsyncDisposable> TakeAwayAsync(string connectionString)
    {
        var server = NpgsqlDataSource.Create(ConnectionString);
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await Execute(server, $"alter database {name} allow_connections false");
        await Execute(server, $"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{name}'");
        return new Away(server, $"alter database {name} allow_connections true");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
        foreach (var folder in new[] { _server.DataFolder, _folder }.Where(Directory.Exists)) Directory.Delete(folder, recursive: true);
    }

    private static async Task Execute(NpgsqlDataSource server, string sql)
    {
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Away(NpgsqlDataSource server, string giveBack) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Execute(server, giveBack);
            await server.DisposeAsync();
        }
    }
}
