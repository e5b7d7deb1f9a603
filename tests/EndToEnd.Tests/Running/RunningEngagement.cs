using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engagement.Hosting;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests.Running;

/// <summary>The real AppHost as a process of its own, on its own ports; it can't outlive the tests.</summary>
public sealed partial class RunningEngagement : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly EngagementFolder folder;
    private readonly GuardedProcess process;
    private readonly List<string> log;

    private RunningEngagement(EngagementFolder folder, GuardedProcess process, List<string> log)
    {
        this.folder = folder;
        this.process = process;
        this.log = log;
        Database = new Inside(ConnectionString);
    }

    /// <summary>Where tools find <c>.engagement/dev.env</c>.</summary>
    public string WorkingFolder => folder.Path;

    /// <summary>As the shop of <c>dev.env</c>, with its key.</summary>
    public Shop Shop { get; private set; } = null!;

    public MailFolder Mails => new(Path.Combine(folder.Home, "mail"));

    /// <summary>What no one who uses it can see: the database, as its administrator.</summary>
    internal Inside Database { get; }

    /// <summary>The customers' keys.</summary>
    internal Inside Keys => new(() => ConnectionString().Replace("Database=engagement;", "Database=engagement_keys;", StringComparison.Ordinal));

    /// <summary>From the AppHost's first line to all healthy, as it says itself.</summary>
    public TimeSpan StartedIn { get; private set; }

    public IReadOnlyList<string> Log
    {
        get
        {
            lock (log)
                return [.. log];
        }
    }

    public IEnumerable<string> LogFiles => Directory.EnumerateFiles(Path.Combine(folder.Home, "logs"));

    /// <summary>Starts on a folder that has to outlive it, and returns when everything is healthy.</summary>
    internal static async Task<RunningEngagement> StartAsync(EngagementFolder folder, params (string Name, string Value)[] variables)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!);
        environment["DOTNET_ENVIRONMENT"] = "Development";   // as `dotnet run` sets it, by the launch profile
        foreach (var (name, value) in variables)
            environment[name] = value;
        return await StartAsync(folder, environment);
    }

    /// <summary>The process of a service, or 0 while it has none.</summary>
    public int ProcessOf(string name) => Processes().GetValueOrDefault(name);

    /// <summary><c>kill -9</c>; returns when the AppHost has started it again.</summary>
    public async Task KillAsync(string name)
    {
        var victim = ProcessOf(name);
        victim.ShouldNotBe(0, name);
        using (var killed = Process.GetProcessById(victim))
            killed.Kill();
        await Eventually.BecomesTrueAsync(() => ProcessOf(name) is var now && now != 0 && now != victim, $"{name} is started again");
    }

    /// <summary>Waits until nothing is under way: no message, no retry, no delivery, no timer that is due.</summary>
    public Task DrainedAsync(TimeSpan? limit = null) =>
        Eventually.BecomesTrueAsync(async () => await Database.PendingAsync() == 0, "everything is worked off", limit);

    /// <summary>The last lines, for whoever has to find out why a test failed.</summary>
    public string LastWords => string.Join('\n', Log.TakeLast(500));

    /// <summary>Ends it by SIGTERM and makes sure that no process is left.</summary>
    public async Task StopAsync()
    {
        if (process.Exited.IsCompleted)
            return;
        var children = Processes();
        await process.StopAsync();
        Shop?.Dispose();
        (await process.Exited).ShouldBe(0, LastWords);
        children.Where(child => ProcessIdentity.Find(child.Value) is not null).ShouldBeEmpty();
        List<string> left = [];
        await Eventually.BecomesTrueAsync(
            () => (left = [.. ProcessesOf(folder)]).Count == 0, () => $"no process is left of {string.Join(", ", left)}", EndLimit);
        process.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private static async Task<RunningEngagement> StartAsync(EngagementFolder folder, Dictionary<string, string> environment)
    {
        List<string> log = [];
        var process = GuardedProcess.Start(new GuardedCommand(["dotnet", Built.AppHost, "--isolated", "--home", folder.Home])
        {
            Environment = environment,
            Grace = TimeSpan.FromSeconds(30),
            Output = line =>
            {
                lock (log)
                    log.Add(line);
            },
        });
        var running = new RunningEngagement(folder, process, log);
        try
        {
            await running.HealthyAsync();
            return running;
        }
        catch (Exception e)
        {
            await process.StopAsync();
            throw new InvalidOperationException($"Engagement doesn't start: {e.Message}\n{running.LastWords}", e);
        }
    }

    private async Task HealthyAsync()
    {
        Match healthy = Match.Empty;
        await Eventually.BecomesTrueAsync(
            () => process.Exited.IsCompleted || Log.Any(line => (healthy = AllHealthy().Match(line)).Success), "all healthy", StartLimit);
        healthy.Success.ShouldBeTrue("it ended before it was healthy");
        StartedIn = TimeSpan.FromSeconds(double.Parse(healthy.Groups[1].ValueSpan, CultureInfo.InvariantCulture));

        var settings = Path.Combine(folder.Home, "dev.env");
        var gateway = Entries()["gateway"].GetProperty("url").GetString()!;
        await Eventually.BecomesTrueAsync(
            () => File.Exists(settings) && File.ReadAllText(settings) is var text && text.Contains(gateway) && text.EndsWith('\n'),
            "the Gateway writes dev.env");
        var values = File.ReadLines(settings).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Shop = new Shop(new Uri(values["ENGAGEMENT_URL"]), values["ENGAGEMENT_API_KEY"]);
    }

    private string ConnectionString()
    {
        var port = Log.Select(line => PostgresRuns().Match(line)).Last(match => match.Success).Groups[1].Value;
        using var parameters = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Home, "parameters.json")));
        var password = parameters.RootElement.GetProperty("postgres-password").GetString();
        return $"Host=127.0.0.1;Port={port};Database=engagement;Username=postgres;Password={password}";
    }

    private Dictionary<string, int> Processes() => Entries().ToDictionary(entry => entry.Key, entry => entry.Value.GetProperty("pid").GetInt32());

    private Dictionary<string, JsonElement> Entries() =>
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText(Path.Combine(folder.Home, "processes.json")))!;

    /// <summary>Whatever names our home on its command line or in its environment is of ours; where there is no <c>/proc</c>, nothing is found.</summary>
    private static IEnumerable<string> ProcessesOf(EngagementFolder folder)
    {
        if (!Directory.Exists("/proc/self"))
            yield break;
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
            if (Read(directory, "cmdline") is var command && (command + Read(directory, "environ")).Contains(folder.Home, StringComparison.Ordinal))
                yield return $"{Path.GetFileName(directory)}: {command.Replace('\0', ' ')}";
    }

    private static string Read(string directory, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";   // ended meanwhile, or somebody else's
        }
    }

    [GeneratedRegex(@"^All healthy in ([\d.]+) s\.")]
    private static partial Regex AllHealthy();

    [GeneratedRegex(@"^postgres +Running +127\.0\.0\.1:(\d+)")]
    private static partial Regex PostgresRuns();
}
