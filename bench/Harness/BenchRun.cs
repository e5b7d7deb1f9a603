using Engagement.Hosting;
using Npgsql;

namespace Engagement.Bench.Harness;

/// <summary>All chosen cases on one new PostgreSQL server, which is gone afterwards.</summary>
internal static class BenchRun
{
    public static async Task<int> All(IReadOnlyList<IBenchCase> cases, BenchSettings settings, FileInfo? json, CancellationToken ct)
    {
        try
        {
            await using var server = await BenchServer.Start(ct);
            await Machine.Print(server.Postgres, ct);
            var results = new List<Result>();
            foreach (var one in cases)
            {
                Console.Error.WriteLine(one.Name);
                var database = await server.Create(one.Name, ct);
                results.AddRange(await one.Run(database, settings, ct));
                await server.Drop(one.Name, ct);
            }

            Console.WriteLine();
            Results.Print(results);
            if (json is not null) Results.Write(json, results);
            return 0;
        }
        catch (DistributedApplicationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return 130;
        }
    }
}

/// <summary>PostgreSQL as in production: fsync on, its data on a disk.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private BenchServer(EmbeddedPostgres postgres) => Postgres = postgres;

    public EmbeddedPostgres Postgres { get; }

    public static async Task<BenchServer> Start(CancellationToken ct) => new(await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions
    {
        DataFolder = Path.Combine(OnDisk(), $"engagement-bench-{Guid.NewGuid():N}"),
        Password = Guid.NewGuid().ToString("N"),
        Settings = new Dictionary<string, string> { ["idle_in_transaction_session_timeout"] = "0" },   // one case holds a snapshot open for long
    }, ct));

    public async Task<BenchDatabase> Create(string name, CancellationToken ct)
    {
        await Postgres.CreateDatabaseAsync(name, ct);
        await Execute("checkpoint", ct);   // the next one comes by itself, on either side
        return new BenchDatabase(Postgres.ConnectionStringFor(name));
    }

    public async Task Drop(string name, CancellationToken ct)
    {
        NpgsqlConnection.ClearAllPools();
        await Execute($"drop database \"{name}\" with (force)", ct);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Postgres.DisposeAsync();
        Directory.Delete(Postgres.DataFolder, recursive: true);
        File.Delete(Postgres.DataFolder + ".lock");
    }

    private async Task Execute(string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(Postgres.ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>In memory, a commit would cost nothing.</summary>
    private static string OnDisk() => new[] { Path.GetTempPath(), "/var/tmp", Directory.GetCurrentDirectory() }
        .First(folder => Directory.Exists(folder) && new DriveInfo(folder).DriveFormat is not ("tmpfs" or "ramfs"));
}
