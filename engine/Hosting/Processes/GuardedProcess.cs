using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Engagement.Hosting;

/// <summary>What to start, and how it is to be stopped.</summary>
internal sealed record GuardedCommand(IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
    public string? WorkingDirectory { get; init; }

    /// <summary>Put before the command, to run it as another user.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    /// <summary>POSIX name of the signal that asks for an orderly end.</summary>
    public string StopSignal { get; init; } = "TERM";

    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    public Action<string> Output { get; init; } = _ => { };
}

/// <summary>
/// A child process that can't outlive this one. On Unix a small <c>sh</c> stands between: it reads a pipe whose other end
/// we hold, and when that ends, by <see cref="StopAsync"/> or by our own death, it sends the stop signal and after the grace KILL.
/// On Windows a job object does the same.
/// </summary>
internal sealed partial class GuardedProcess : IDisposable
{
    // In a session of its own, so that Ctrl-C in the terminal reaches us alone and we stop the children in order. The shell reads
    // this from its input, which is the pipe that it watches then; the braces make it read all before it does anything. So the
    // list of processes shows a service's command once, and no secret. The watcher closes our output pipes: their end means the
    // end of the child.
    private const string Guard = """
        {
          exec 3<&0
          sh -c 'echo "$$"; exec "$@"' sh {command} </dev/null 3<&- &
          child=$!
          trap '' HUP INT TERM
          {
            while read -r line; do :; done
            kill -s {signal} "$child"
            end=$(({grace} * 5))
            while [ "$end" -gt 0 ] && kill -0 "$child"; do sleep 0.2 || sleep 1; end=$((end - 1)); done
            kill -s KILL "$child"
          } <&3 >/dev/null 2>&1 &
          watcher=$!
          exec 3<&-
          wait "$child"
          code=$?
          kill -s KILL "$watcher" 2>/dev/null; wait "$watcher" 2>/dev/null
          exit "$code"
        }

        """;

    private static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();
    private static readonly IReadOnlyList<string> OwnSession = FindOwnSession();

    private readonly Process process;
    private readonly GuardedCommand command;
    private ProcessIdentity? child;
    private readonly TaskCompletionSource<int> pid = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GuardedProcess(Process process, GuardedCommand command)
    {
        this.process = process;
        this.command = command;
        var readers = Task.WhenAll(ReadAsync(process.StandardOutput, command.Output, pidFirst: !OperatingSystem.IsWindows()), ReadAsync(process.StandardError, command.Output, pidFirst: false));
        if (OperatingSystem.IsWindows())
            pid.TrySetResult(process.Id);
        Exited = ExitAsync(readers);
    }

    /// <summary>The child's own id (not the guard's).</summary>
    public Task<int> Pid => pid.Task;

    /// <summary>Completes with the exit code, after the last line of output.</summary>
    public Task<int> Exited { get; }

    /// <exception cref="DistributedApplicationException">The program can't be started.</exception>
    public static GuardedProcess Start(GuardedCommand command)
    {
        try
        {
            var process = Process.Start(OperatingSystem.IsWindows() ? Directly(command) : Guarded(command))!;
            if (OperatingSystem.IsWindows())
                WindowsJob.Adopt(process);
            else
            {
                process.StandardInput.Write(Script(command));
                process.StandardInput.Flush();
            }
            return new GuardedProcess(process, command);
        }
        catch (Win32Exception e)
        {
            throw new DistributedApplicationException($"{command.Arguments[0]} can't be started: {e.Message}", e);
        }
    }

    [SupportedOSPlatform("windows")]
    private static ProcessStartInfo Directly(GuardedCommand command)
    {
        var start = Redirected(command.Arguments, command);
        start.CreateNewProcessGroup = true;
        return start;
    }

    private static ProcessStartInfo Guarded(GuardedCommand command) => Redirected([.. OwnSession, .. command.Prefix, "/bin/sh", "-s", "engagement-guard"], command);

    private static string Script(GuardedCommand command)
    {
        // Some shells drop variables whose names aren't identifiers (ConnectionStrings__engagement-keys); env(1) sets them again.
        var dropped = (command.Environment ?? Nothing).Where(variable => !Identifier().IsMatch(variable.Key)).Select(variable => $"{variable.Key}={variable.Value}").ToArray();
        string[] words = [.. dropped.Length == 0 ? [] : dropped.Prepend("env"), .. command.Arguments];
        return Guard
            .Replace("{signal}", command.StopSignal, StringComparison.Ordinal)
            .Replace("{grace}", ((int)Math.Ceiling(command.Grace.TotalSeconds)).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{command}", string.Join(' ', words.Select(Quote)), StringComparison.Ordinal);
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static ProcessStartInfo Redirected(IReadOnlyList<string> words, GuardedCommand command)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        if (command.Environment is not null)
            start.Environment.Clear();
        foreach (var (name, value) in command.Environment ?? Nothing)
            start.Environment[name] = value;
        return start;
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Identifier();

    /// <summary>Asks the child to end; completes when it has ended, by force after the grace.</summary>
    public async Task StopAsync()
    {
        if (Exited.IsCompleted)
            return;
        if (OperatingSystem.IsWindows())
        {
            WindowsJob.Interrupt(process);
            if (await Task.WhenAny(Exited, Task.Delay(command.Grace, TimeProvider.System)) != Exited)
                process.Kill(entireProcessTree: true);
        }
        else
            process.StandardInput.Close();
        await Exited;
    }

    public void Dispose() => process.Dispose();

    private async Task ReadAsync(StreamReader reader, Action<string> output, bool pidFirst)
    {
        if (pidFirst)
        {
            if (int.TryParse(await reader.ReadLineAsync(), CultureInfo.InvariantCulture, out var number))
            {
                child = ProcessIdentity.Find(number);
                pid.TrySetResult(number);
            }
            else
                pid.TrySetException(new DistributedApplicationException("The process ended before it had started."));
        }
        while (await reader.ReadLineAsync() is { } line)
            output(line);
    }

    private async Task<int> ExitAsync(Task readers)
    {
        var exit = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exit.TrySetResult();
        process.EnableRaisingEvents = true;
        await exit.Task;
        // When the guard itself was killed, the child still runs, and would be in the way of the next one.
        if (child is { IsAlive: true } left)
            await left.EndAsync(command.StopSignal, command.Grace, CancellationToken.None);
        // A grandchild may hold the pipe open (the backends of a killed postmaster do): don't wait for it.
        await Task.WhenAny(readers, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System));
        return process.ExitCode;
    }

    private static string[] FindOwnSession() =>
        OperatingSystem.IsWindows() ? []
        : Command.OnPath("setsid") is { } setsid ? [setsid]
        : Command.OnPath("perl") is { } perl ? [perl, "-MPOSIX=setsid", "-e", "setsid(); exec { $ARGV[0] } @ARGV"] // macOS has no setsid(1)
        : [];
}
