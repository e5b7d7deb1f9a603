using System.Text.Json;

namespace Engagement.Hosting;

/// <summary>
/// The folder <c>.engagement</c> (or the one of an isolated run): data, logs, secrets, and <c>processes.json</c>, which lists what
/// runs: by it the next start ends what this one left behind, and tests and tools find a service's process and address.
/// </summary>
internal sealed class AppHostHome : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Lock gate = new();
    private readonly FileStream hold;
    private readonly SortedDictionary<string, Entry> running = new(StringComparer.Ordinal);

    private AppHostHome(string folder, FileStream hold)
    {
        Folder = folder;
        this.hold = hold;
    }

    /// <summary>A process of the AppHost, as <c>processes.json</c> shows it.</summary>
    internal sealed record Entry(int Pid, string Name, DateTimeOffset Started, string StopSignal, string? Url);

    public string Folder { get; }

    public string Logs => Path.Combine(Folder, "logs");

    private string Processes => ProcessesOf(Folder);

    /// <summary>Takes the folder for this AppHost alone and ends what an earlier one left running.</summary>
    /// <exception cref="DistributedApplicationException">Another AppHost has it.</exception>
    public static async Task<AppHostHome> TakeAsync(RunOptions options, CancellationToken ct)
    {
        var home = TryHold(options.Home) is { } hold
            ? new AppHostHome(options.Home, hold)
            : throw new DistributedApplicationException(
                $"Another AppHost{(Read(options.Home).GetValueOrDefault("apphost") is { } other ? $" (process {other.Pid})" : "")} runs on {options.Home}: stop it, or use --isolated to run beside it.");
        Directory.CreateDirectory(home.Logs);
        await EndAllAsync(options.Home, ct);
        await RemoveAbandonedAsync(options.SharedHome, ct);
        home.Set("apphost", Environment.ProcessId, "TERM", null);
        return home;
    }

    public void Set(string name, int pid, string stopSignal, string? url)
    {
        if (ProcessIdentity.Find(pid) is not { } process)
            return; // ended already
        lock (gate)
        {
            running[name] = new Entry(pid, process.Name, process.Started, stopSignal, url);
            Write();
        }
    }

    public void Remove(string name)
    {
        lock (gate)
        {
            running.Remove(name);
            Write();
        }
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(Processes);
        await hold.DisposeAsync();
    }

    private static string ProcessesOf(string folder) => Path.Combine(folder, "processes.json");

    private static FileStream? TryHold(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, "apphost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null; // somebody holds it
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DistributedApplicationException($"{folder} can't be written to: {e.Message}", e);
        }
    }

    private static Dictionary<string, Entry> Read(string folder)
    {
        var file = ProcessesOf(folder);
        return File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllText(file), Format)! : [];
    }

    /// <summary>Their guards end them too, but perhaps those were killed, or need longer than we took to start.</summary>
    private static async Task EndAllAsync(string folder, CancellationToken ct)
    {
        var left = Read(folder).Where(entry => entry.Key != "apphost").Select(entry => entry.Value);
        await Task.WhenAll(left.Select(entry => new ProcessIdentity(entry.Pid, entry.Name, entry.Started))
            .Zip(left, (process, entry) => process.IsAlive ? process.EndAsync(entry.StopSignal, TimeSpan.FromSeconds(10), ct) : Task.CompletedTask));
    }

    /// <summary>An isolated run that was killed couldn't remove its folder.</summary>
    private static async Task RemoveAbandonedAsync(string sharedHome, CancellationToken ct)
    {
        if (!Directory.Exists(sharedHome))
            return;
        foreach (var folder in Directory.GetDirectories(sharedHome, RunOptions.IsolatedPrefix + "*"))
        {
            await using var hold = TryHold(folder);
            if (hold is null)
                continue;
            await EndAllAsync(folder, ct);
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Write()
    {
        File.WriteAllText(Processes + ".new", JsonSerializer.Serialize(running, Format));
        File.Move(Processes + ".new", Processes, overwrite: true);
    }
}
