using System.Globalization;
using System.Runtime.InteropServices;
using Engagement.Hosting;
using Npgsql;

namespace Engagement.Bench.Harness;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    private static readonly TimeSpan CommitTime = TimeSpan.FromSeconds(2);

    public static async Task Print(EmbeddedPostgres postgres, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        Line("date", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        Line("cores", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        Line("memory", FormattableString.Invariant($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):0.0} GiB"));
        Line("system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})");
        if (File.Exists("/proc/loadavg")) Line("load before", (await File.ReadAllTextAsync("/proc/loadavg", ct)).Trim());
        Line(".NET", $"{Environment.Version}, {(System.Runtime.GCSettings.IsServerGC ? "server" : "workstation")} garbage collection");
        Line("PostgreSQL", await Show(source, "server_version", ct));
        Line("fsync", $"{await Show(source, "fsync", ct)}, synchronous_commit {await Show(source, "synchronous_commit", ct)}, wal_sync_method {await Show(source, "wal_sync_method", ct)}");
        Line("data", new DriveInfo(postgres.DataFolder).DriveFormat);
        await using (var table = source.CreateCommand("create table commits (id bigint generated always as identity)")) await table.ExecuteNonQueryAsync(ct);
        Line("raw commits/s", FormattableString.Invariant($"{await Commits(source, 1, ct):#,0} on 1 connection, {await Commits(source, 16, ct):#,0} on 16"));
        await using (var table = source.CreateCommand("drop table commits")) await table.ExecuteNonQueryAsync(ct);
    }

    private static async Task<double> Commits(NpgsqlDataSource source, int connections, CancellationToken ct)
    {
        var inserts = new List<NpgsqlCommand>();
        for (var i = 0; i < connections; i++)
        {
            var insert = new NpgsqlCommand("insert into commits default values", await source.OpenConnectionAsync(ct));
            await insert.PrepareAsync(ct);
            inserts.Add(insert);
        }

        var round = await Duel.Concurrently([.. inserts.Select<NpgsqlCommand, Func<Task>>(insert => () => insert.ExecuteNonQueryAsync(ct))], CommitTime, ct);
        foreach (var insert in inserts)
        {
            await insert.Connection!.DisposeAsync();
            await insert.DisposeAsync();
        }

        return round.PerSecond;
    }

    private static async Task<string> Show(NpgsqlDataSource source, string setting, CancellationToken ct)
    {
        await using var show = source.CreateCommand("select current_setting($1)");
        show.Parameters.Add(new NpgsqlParameter { Value = setting });
        return (string)(await show.ExecuteScalarAsync(ct))!;
    }

    private static void Line(string what, string value) => Console.WriteLine($"{what + ":",-15}{value}");
}
