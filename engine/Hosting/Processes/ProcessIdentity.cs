using System.Diagnostics;
using System.Globalization;

namespace Engagement.Hosting;

/// <summary>A running process, told from a later one with the same id by the time at which it started.</summary>
internal sealed record ProcessIdentity(int Id, string Name, DateTimeOffset Started)
{
    /// <summary>The system rounds, and clocks are set, so the times of one process can differ a little between readings.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    public static ProcessIdentity? Find(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited || IsZombie(id) ? null : new ProcessIdentity(id, process.ProcessName, process.StartTime.ToUniversalTime());
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException)
        {
            return null; // ended, before or while we looked
        }
    }

    /// <summary>Ended, but nobody has asked for its exit code, as happens in containers without an init.</summary>
    private static bool IsZombie(int id)
    {
        var stat = $"/proc/{id}/stat";
        return File.Exists(stat) && File.ReadAllText(stat) is var text && text[(text.LastIndexOf(')') + 1)..].StartsWith(" Z", StringComparison.Ordinal);
    }

    public bool IsAlive => Find(Id) is { } now && (now.Started - Started).Duration() < Tolerance;

    /// <summary>Sends the signal, and KILL after the grace; completes when the process is gone.</summary>
    public async Task EndAsync(string signal, TimeSpan grace, CancellationToken ct)
    {
        var waited = Stopwatch.StartNew();
        await SignalAsync(signal, ct);
        var killed = false;
        while (IsAlive)
        {
            if (!killed && waited.Elapsed > grace)
            {
                await SignalAsync("KILL", ct);
                killed = true;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }
    }

    private async Task SignalAsync(string signal, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
        {
            using var process = Process.GetProcessById(Id);
            process.Kill(entireProcessTree: true);
        }
        else
            await Command.RunAsync(["/bin/sh", "-c", "kill -s \"$0\" \"$1\"", signal, Id.ToString(CultureInfo.InvariantCulture)], ct);
    }
}
