using Engagement.Hosting;
using Npgsql;

namespace Engagement.Bench.Harness;

/// <summary>All chosen cases on one new PostgreSQL server, which is gone afterwards.</summary>
internal static class BenchRun
{
    /// <summary>A database with events in it, of which each case gets a copy.</summary>
    private const string History = "history";

    /// <param name="fill">Puts that many events into a store.</param>
    public static async Task<int> All(
        IReadOnlyList<IBenchCase> cases, BenchSettings settings, Func<BenchDatabase, int, CancellationToken, Task> fill, FileInfo? json, CancellationToken ct)
    {
        try
        {
            await using var server = await BenchServer.Start(ct);
            await Machine.Print(server.Postgres, ct);
            var results = new List<Result>();
            foreach (var stored in settings.Stored)
            {
                if (stored > 0)
                {
                    Console.Error.WriteLine(FormattableString.Invariant($"{stored:#,0} events"));
                    await fill(await server.Create(History, ct), stored, ct);
                    NpgsqlConnection.ClearAllPools();   // nobody may be in a database that is copied
                }

                foreach (var one in cases)
                {
                    Console.Error.WriteLine(one.Name);
                    var database = await server.Create(one.Name, ct, stored > 0 ? History : null);
                    var measured = await one.Run(database, settings, ct);
                    results.AddRange(stored == 0 ? measured : measured.Select(r => r with { Case = FormattableString.Invariant($"{r.Case}, {stored:#,0} events") }));
                    await server.Drop(one.Name, ct);
                }

                if (stored > 0) await server.Drop(History, ct);
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

    public async Task<BenchDatabase> Create(string name, CancellationToken ct, string? template = null)
    {
        await Execute($"create database \"{name}\"{(template is null ? "" : $" template \"{template}\" strategy file_copy")}", ct);
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
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>In memory, a commit would cost nothing.</summary>
    private static string OnDisk() => new[] { Path.GetTempPath(), "/var/tmp", Directory.GetCurrentDirectory() }
        .First(folder => Directory.Exists(folder) && new DriveInfo(folder).DriveFormat is not ("tmpfs" or "ramfs"));
}
