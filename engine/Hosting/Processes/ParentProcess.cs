using System.Runtime.InteropServices;

namespace Engagement.Hosting;

/// <summary>The process that started us.</summary>
internal static class ParentProcess
{
    /// <summary>
    /// Completes when the <c>dotnet run</c> or <c>dotnet test</c> that started us has ended, by kill -9 for instance, when it can't
    /// pass the signal on. A shell may end without us.
    /// </summary>
    public static async Task DotnetEndedAsync(CancellationToken ct)
    {
        if (!OperatingSystem.IsWindows() && ProcessIdentity.Find(GetParentId()) is { Name: "dotnet" } parent)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
            while (parent.IsAlive)
                await timer.WaitForNextTickAsync(ct);
            return;
        }
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
    }

    [DllImport("libc", EntryPoint = "getppid"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetParentId();
}
