using System.Diagnostics;
using Engagement.Engine.Tests.Bus;
using Engagement.ProofHost;
using Engagement.Testing;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Engagement.Engine.Tests.Proof;

/// <summary>A database with boxes to pack, and what must stand in it in the end.</summary>
internal sealed class ProofDatabase
{
    private const int Boxes = 6;
    private const int PerBox = 4;
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
    private static readonly string Program = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "..", "Proof", "Host", "bin", Configuration, "net10.0", "Engagement.ProofHost.dll"));

    private readonly HashSet<int> _nos = [];
    private readonly HashSet<int> _later = [];

    public ProofDatabase(string connectionString) => ConnectionString = connectionString;

    public string ConnectionString { get; }

    /// <summary>Messages wait in the queue, and timers that are due.</summary>
    public static async Task<ProofDatabase> Make(PostgresFixture postgres, bool afterAnUncleanStop = false, params Envelope[] among)
    {
        var database = new ProofDatabase(await postgres.CreateDatabaseAsync());
        database._nos.UnionWith(Enumerable.Range(1, Boxes * PerBox));
        database._later.UnionWith(Enumerable.Range(901, Boxes));
        await database.Execute($"{Left.Table}; {QueueSql.Script("bus", "proof")}");
        if (afterAnUncleanStop) await database.Execute("insert into bus.proof_nodes values (4711, now())");
        var packs = database._nos.Select(no => RawMessages.Envelope(new Pack(BoxOf(no), no), ProofService.Tenant, BoxOf(no))).ToArray();
        await RawMessages.Insert(database.ConnectionString, "proof", [.. packs[..Boxes], .. among, .. packs[Boxes..]]);
        var timers = database._later.Select(no =>
        {
            var envelope = RawMessages.Envelope(new CheckSoon(BoxOf(no), no), ProofService.Tenant);
            envelope.ScheduledTime = envelope.SentAt;
            return envelope;
        });
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new QueueSql("bus", "proof").Schedule([.. timers]) } };
        await batch.ExecuteNonQueryAsync();
        return database;
    }

    /// <summary>A process of its own that handles the queue until it kills itself at a step.</summary>
    public async Task KilledAt(FaultPoint step, int time, int? pack = null)
    {
        using var process = Start(step.ToString(), time, pack);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        process.ExitCode.ShouldBe(128 + 9, $"it was not killed at {step}");
        if (pack is { } no) _nos.Add(no);
        await Gone();
    }

    /// <summary>Starts each process again whenever it ends, until everything is handled.</summary>
    /// <returns>How often one ended.</returns>
    public async Task<int> RunAgainAndAgain(int processes)
    {
        var (ends, drained) = (0, Drained(60));
        await Task.WhenAll(Enumerable.Range(0, processes).Select(async _ =>
        {
            while (true)
            {
                using var process = Start("-", 0, null);
                if (await Task.WhenAny(process.WaitForExitAsync(), drained) == drained)
                {
                    process.Kill();
                    await process.WaitForExitAsync();
                    await drained;
                    return;
                }

                Interlocked.Increment(ref ends);
                if (processes == 1) await Gone();
            }
        }));
        return ends;
    }

    public Task Drained(int seconds = 30) => Shop.Until(async () => await Shop.Scalar<long>(ConnectionString,
        """
        select (select count(*) from bus.proof) + (select count(*) from bus.proof_retries)
            + (select count(*) from bus.proof_scheduled where due < now() + interval '1 day')
        """) == 0, seconds);

    public async Task Run(Action<WolverineOptions>? configure = null)
    {
        using var host = ProofService.Build(ConnectionString, configure);
        await host.StartAsync();
        await Drained();
        await host.StopAsync();
    }

    /// <summary>Every effect stands once: in the streams, the snapshots, the sagas, the timers, what goes out, and what handlers left.</summary>
    public async Task EachEffectStandsOnce(int dead = 0)
    {
        var all = _nos.Order().ToArray();
        await Is("events", all, "select (data ->> 'No')::int from proof.mt_events order by 1");
        await Is("snapshots", all, "select jsonb_array_elements(data -> 'Nos')::int from proof.mt_doc_box order by 1");
        await Is("sagas", all, "select jsonb_array_elements(data -> 'Nos')::int from proof.mt_doc_tallysaga order by 1");
        await Is("outgoing", all, "select (convert_from(body, 'utf8')::jsonb ->> 'No')::int from bus.elsewhere order by 1");
        await Is("timers far off", all, "select (convert_from(body, 'utf8')::jsonb ->> 'No')::int from bus.proof_scheduled order by 1");
        await Is("cascades", all, "select no from effects where grp = 'noted' order by 1");
        await Is("timers", all.Concat(_later).Order(), "select no from effects where grp = 'checked' order by 1");
        await Is("dead letters", [dead], "select count(*)::int from bus.proof_dead_letters");
    }

    /// <summary>These were packed besides.</summary>
    public void Expect(IEnumerable<int> nos) => _nos.UnionWith(nos);

    public Task Execute(string sql) => Shop.Execute(ConnectionString, sql);

    private static string BoxOf(int no) => $"b{no % Boxes}";

    private Process Start(string step, int time, int? pack)
    {
        string[] arguments = [Program, ConnectionString, step, $"{time}", $"{(pack is { } no ? no : "-")}"];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true })!;
    }

    /// <summary>PostgreSQL has noticed.</summary>
    private Task Gone() => Shop.Until(async () => await Shop.Scalar<long>(ConnectionString,
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'proof'") == 0);

    private async Task Is(string what, IEnumerable<int> expected, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        IEnumerable<int> rows = await connection.RowsAsync(sql, row => row.GetInt32(0));
        rows.ShouldBe(expected, what);
    }
}
