using System.ComponentModel;
using System.Diagnostics;

namespace Engagement.Hosting;

/// <summary>Short-lived programs: run to their end, output collected.</summary>
internal static class Command
{
    internal sealed record Result(int ExitCode, string Output)
    {
        public bool Succeeded => ExitCode == 0;
    }

    public static async Task<Result> RunAsync(IReadOnlyList<string> command, CancellationToken ct, string? workingDirectory = null, string? input = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetPathRoot(Environment.CurrentDirectory),
        };
        start.Environment["LC_ALL"] = "C";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            return new Result(127, e.Message);
        }
        using (process)
        {
            try
            {
                if (input is not null)
                    await process.StandardInput.WriteAsync(input.AsMemory(), ct);
                process.StandardInput.Close();
                var output = process.StandardOutput.ReadToEndAsync(ct);
                var error = process.StandardError.ReadToEndAsync(ct);
                await process.WaitForExitAsync(ct);
                return new Result(process.ExitCode, (await output + await error).Trim());
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }

    /// <summary>The full path of a program on PATH, or null.</summary>
    public static string? OnPath(string name)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            foreach (var suffix in OperatingSystem.IsWindows() ? WindowsSuffixes : UnixSuffixes)
            {
                var file = Path.Combine(folder, name + suffix);
                if (File.Exists(file))
                    return file;
            }
        return null;
    }

    private static readonly string[] WindowsSuffixes = [".exe", ".cmd"];
    private static readonly string[] UnixSuffixes = [""];
}
