using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Engagement.Hosting;

/// <summary>
/// A PostgreSQL server of our own, on 127.0.0.1 only, that ends with this process however that ends. Its data outlive it.
/// As root it runs as the user <c>postgres</c> or <c>nobody</c>. Thread safe.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    internal const string SharedFolder = "/var/lib/engagement";
    private const string Superuser = "postgres";
    private const int LogTail = 20;

    private static readonly Dictionary<string, string> Defaults = new()
    {
        ["listen_addresses"] = "127.0.0.1",
        ["unix_socket_directories"] = "",
        ["max_connections"] = "200",
        ["shared_buffers"] = "256MB",
        ["max_wal_size"] = "2GB",
        ["jit"] = "off",
        ["idle_in_transaction_session_timeout"] = "60s",
        ["log_line_prefix"] = "",
        ["lc_messages"] = "C", // the start reads them
    };

    private readonly EmbeddedPostgresOptions options;
    private readonly GuardedProcess process;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, string dataFolder, int port, GuardedProcess process, FileStream folderLock)
    {
        this.options = options;
        this.process = process;
        DataFolder = dataFolder;
        Port = port;
        Exited = ExitAsync(folderLock);
    }

    public int Port { get; }

    /// <summary>Where the data really lie: as asked for, or below <c>/var/lib/engagement</c> when root asked for a folder that the server's user can't reach.</summary>
    public string DataFolder { get; }

    /// <summary>Superuser <c>postgres</c> on the database <c>postgres</c>.</summary>
    public string ConnectionString => ConnectionStringFor("postgres");

    /// <summary>Completes with the exit code when the server has ended, by itself or stopped.</summary>
    public Task<int> Exited { get; }

    /// <summary>The postmaster's process id.</summary>
    public Task<int> ProcessId => process.Pid;

    /// <summary>Superuser on the given database.</summary>
    public string ConnectionStringFor(string database) => ConnectionStringFor(Port, options.Password, database);

    /// <summary>Finds PostgreSQL, makes the cluster when there is none, starts it and returns when it takes connections.</summary>
    /// <remarks>What an earlier server of the same folder left behind (after a kill -9) is ended, and waited for, first.</remarks>
    /// <exception cref="DistributedApplicationException">PostgreSQL is missing or doesn't start, the port is taken, or the folder is in use: one sentence.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, CancellationToken cancellationToken = default)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.StartTimeout);
        try
        {
            return await new Starter(options, timeout.Token).StartAsync();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"PostgreSQL did not start within {options.StartTimeout.TotalSeconds:0} s (data folder {options.DataFolder}).");
        }
    }

    /// <summary>Creates the database when it is missing; safe to call from several sides at once.</summary>
    public async Task CreateDatabaseAsync(string name, CancellationToken cancellationToken = default)
    {
        await using var connection = await OpenAsync(ConnectionString, cancellationToken);
        await CreateDatabaseAsync(connection, name, cancellationToken);
    }

    /// <summary>Outside the pool, which would keep it open, and hand it out again when the server has been another one.</summary>
    internal static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        return connection;
    }

    internal static async Task CreateDatabaseAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(ct) is not null)
            return;
        try
        {
#pragma warning disable CA2100 // an identifier can't be a parameter; it is quoted
            await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
#pragma warning restore CA2100
            await create.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Somebody else was quicker.
        }
    }

    /// <summary>Ends sessions, rolls back what is open and stops the server; its data stay.</summary>
    public async Task StopAsync()
    {
        await process.StopAsync();
        await Exited;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        process.Dispose();
    }

    private async Task<int> ExitAsync(FileStream folderLock)
    {
        var code = await process.Exited;
        await folderLock.DisposeAsync();
        return code;
    }

    private static string ConnectionStringFor(int port, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = Superuser,
        Password = password,
        Database = database,
    }.ConnectionString;

    /// <summary>One start, with its retries.</summary>
    private sealed class Starter(EmbeddedPostgresOptions options, CancellationToken ct)
    {
        private readonly Queue<string> tail = new();
        private OtherUser? user;

        public async Task<EmbeddedPostgres> StartAsync()
        {
            if (options.Port != 0 && !LocalPorts.IsFree(options.Port))
                throw PortTaken(options.Port);
            user = await OtherUser.WhenRootAsync(ct);
            var folder = await ReachableFolderAsync();
            var folderLock = Lock(folder + ".lock");
            try
            {
                var binaries = await PostgresBinaries.FindAsync(options.BinFolder, ExistingVersion(folder), user, ct);
                if (ExistingVersion(folder) is null)
                    await CreateClusterAsync(binaries, folder);
                await EndLeftoverAsync(folder);
                return await RunAsync(binaries, folder, folderLock);
            }
            catch
            {
                await folderLock.DisposeAsync();
                throw;
            }
        }

        private async Task<string> ReachableFolderAsync()
        {
            var asked = Path.GetFullPath(options.DataFolder);
            if (user is null)
            {
                CreatePrivate(asked);
                return asked;
            }
            var instead = Path.Combine(SharedFolder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))[..16], Path.GetFileName(asked));
            foreach (var folder in new[] { asked, instead })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
                CreatePrivate(folder);
                if (!await user.TakesAsync(folder, ct))
                    continue;
                if (folder == instead)
                    Report($"The user {user.Name} can't reach {asked}: the data lie in {folder}.");
                return folder;
            }
            throw new DistributedApplicationException($"PostgreSQL's data can't be kept in {asked} nor in {instead}: the user {user.Name} can write to neither.");
        }

        private static void CreatePrivate(string folder)
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        private FileStream Lock(string file)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException e)
            {
                throw new DistributedApplicationException($"The PostgreSQL data folder {options.DataFolder} is in use by another process.", e);
            }
        }

        private static int? ExistingVersion(string folder) =>
            Path.Combine(folder, "PG_VERSION") is var file && File.Exists(file) ? int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : null;

        /// <summary>Into a folder beside, renamed when complete: an interrupted one leaves nothing half done.</summary>
        private async Task CreateClusterAsync(PostgresBinaries binaries, string folder)
        {
            var scratch = folder + ".new";
            if (Directory.Exists(scratch))
                Directory.Delete(scratch, recursive: true);
            CreatePrivate(scratch);
            var passwordFile = Path.Combine(scratch, "password");
            await File.WriteAllTextAsync(passwordFile, options.Password, ct);
            if (user is not null)
            {
                await user.TakesAsync(scratch, ct);
                await user.GiveAsync(passwordFile, ct);
            }

            var data = Path.Combine(scratch, "data");
            Command.Result made = await InitDbAsync(Locale(binaries.Major));
            if (!made.Succeeded && !OperatingSystem.IsMacOS())
                made = await InitDbAsync(["--locale=C"]); // a system without C.UTF-8
            if (!made.Succeeded)
                throw new DistributedApplicationException($"PostgreSQL's data folder could not be made in {folder}: {made.Output.Split('\n')[^1].Trim()}");
            Directory.Delete(folder);
            Directory.Move(data, folder);
            Directory.Delete(scratch, recursive: true);

            async Task<Command.Result> InitDbAsync(string[] locale) => await Command.RunAsync(
                [.. user?.Prefix ?? [], binaries.InitDb, "-D", data, "-U", Superuser, "--encoding=UTF8", .. locale, "--auth=scram-sha-256", $"--pwfile={passwordFile}",
                    .. options.Settings.GetValueOrDefault("fsync") == "off" ? ["--no-sync"] : Array.Empty<string>()], ct);
        }

        /// <summary>Sorted by code point, and upper and lower case beyond ASCII, on every machine alike.</summary>
        private static string[] Locale(int major) =>
            major >= 17 ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            : OperatingSystem.IsLinux() ? ["--locale=C.UTF-8"]
            : ["--locale=C"];

        /// <summary>Our lock is held, so a postmaster that still runs here belongs to nobody: it lost its AppHost and its guard.</summary>
        private async Task EndLeftoverAsync(string folder)
        {
            var pidFile = Path.Combine(folder, "postmaster.pid");
            if (!File.Exists(pidFile) || (await File.ReadAllLinesAsync(pidFile, ct)) is not [var first, ..] || !int.TryParse(first, CultureInfo.InvariantCulture, out var pid))
                return;
            var leftover = ProcessIdentity.Find(pid);
            if (leftover?.Name.StartsWith("postgres", StringComparison.Ordinal) == true)
                await leftover.EndAsync("INT", TimeSpan.FromSeconds(10), ct);
            else if (leftover is not null)
                File.Delete(pidFile); // the id went to another program, which PostgreSQL would take for a server
        }

        private async Task<EmbeddedPostgres> RunAsync(PostgresBinaries binaries, string folder, FileStream folderLock)
        {
            while (true)
            {
                var port = ChoosePort();
                tail.Clear();
                var process = GuardedProcess.Start(new GuardedCommand([binaries.Postgres, "-D", folder, .. Arguments(port)])
                {
                    Prefix = user?.Prefix ?? [],
                    WorkingDirectory = user is null ? folder : "/",
                    StopSignal = "INT",
                    Output = Report,
                });
                try
                {
                    if (await ReadyAsync(process, folder, port))
                        return new EmbeddedPostgres(options, folder, port, process, folderLock);
                }
                catch
                {
                    await process.StopAsync();
                    throw;
                }
                switch (Why())
                {
                    case Failure.PortTaken when options.Port != 0:
                        throw PortTaken(port);
                    case Failure.PortTaken:
                        break;
                    case Failure.OldBackends:
                        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
                        break;
                    case Failure.WrongPassword:
                        await SetPasswordAsync(binaries, folder);
                        break;
                    default:
                        throw new DistributedApplicationException($"PostgreSQL did not start: {Last()}");
                }
            }
        }

        /// <summary>False when the server ended or doesn't take the password; <see cref="Why"/> knows more.</summary>
        private async Task<bool> ReadyAsync(GuardedProcess process, string folder, int port)
        {
            var pidFile = Path.Combine(folder, "postmaster.pid");
            var pid = await process.Pid.WaitAsync(ct);
            while (!IsReady(pidFile, pid))
            {
                if (await Task.WhenAny(process.Exited, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct)) == process.Exited)
                    return false;
                ct.ThrowIfCancellationRequested();
            }
            try
            {
                await using var connection = await OpenAsync(ConnectionStringFor(port, options.Password, "postgres"), ct);
                return true;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
            {
                await process.StopAsync();
                lock (tail)
                    tail.Enqueue(e.SqlState);
                return false;
            }
        }

        /// <summary>The postmaster writes its state into the eighth line.</summary>
        private static bool IsReady(string pidFile, int pid)
        {
            try
            {
                return File.ReadAllLines(pidFile) is { Length: >= 8 } lines && lines[0] == pid.ToString(CultureInfo.InvariantCulture) && lines[7].Trim() == "ready";
            }
            catch (IOException)
            {
                return false; // not there yet
            }
        }

        /// <summary>Without a server: in its single-user mode it asks nobody for a password.</summary>
        private async Task SetPasswordAsync(PostgresBinaries binaries, string folder)
        {
            var sql = $"ALTER USER {Superuser} PASSWORD '{options.Password.Replace("'", "''", StringComparison.Ordinal)}'\n";
            var set = await Command.RunAsync([.. user?.Prefix ?? [], binaries.Postgres, "--single", "-D", folder, "postgres"], ct, input: sql);
            if (!set.Succeeded)
                throw new DistributedApplicationException($"PostgreSQL's password could not be set in {folder}: {set.Output.Split('\n')[^1].Trim()}");
        }

        private IEnumerable<string> Arguments(int port)
        {
            var settings = new Dictionary<string, string>(Defaults) { ["port"] = port.ToString(CultureInfo.InvariantCulture) };
            foreach (var (name, value) in options.Settings)
                settings[name] = value;
            return settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" });
        }

        private int preferredPort = options.PreferredPort;

        private int ChoosePort()
        {
            if (options.Port != 0)
                return options.Port;
            var preferred = preferredPort;
            preferredPort = 0; // once: when somebody is quicker, any will do
            return preferred != 0 && LocalPorts.IsFree(preferred) ? preferred : LocalPorts.FindFree();
        }

        private void Report(string line)
        {
            lock (tail)
            {
                tail.Enqueue(line);
                if (tail.Count > LogTail)
                    tail.Dequeue();
            }
            options.Log?.Invoke(line);
        }

        private enum Failure { Other, PortTaken, OldBackends, WrongPassword }

        private Failure Why()
        {
            lock (tail)
            {
                return Said(PostgresErrorCodes.InvalidPassword) ? Failure.WrongPassword
                    : Said("pre-existing shared memory block") || Said("lock file \"postmaster.pid\"") ? Failure.OldBackends
                    : Said("could not bind") || Said("could not create any TCP/IP sockets") ? Failure.PortTaken
                    : Failure.Other;
            }

            bool Said(string text) => tail.Any(line => line.Contains(text, StringComparison.Ordinal));
        }

        private string Last()
        {
            lock (tail)
                return tail.LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal)) ?? tail.LastOrDefault() ?? "it ended without a word.";
        }

        private static DistributedApplicationException PortTaken(int port) =>
            new($"PostgreSQL can't listen on port {port}: another program has it.");
    }
}
