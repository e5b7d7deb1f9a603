using System.Globalization;
using System.Runtime.InteropServices;

namespace Engagement.Hosting;

/// <summary>How one process of a project is to run.</summary>
/// <param name="Project">The project.</param>
/// <param name="Name">Its name, with a number when there are several.</param>
/// <param name="Profile">Its launch settings.</param>
/// <param name="Port">Where it listens itself; null when it doesn't.</param>
/// <param name="RunsToCompletion">It is to end by itself, for somebody waits for that.</param>
internal sealed record ProjectPlan(ProjectResource Project, string Name, LaunchProfile Profile, int? Port, bool RunsToCompletion);

/// <summary>Runs one process of a project, watches its health, and starts it again when it dies.</summary>
internal sealed class ProjectRun(ProjectPlan plan, Session session) : ResourceRun(plan.Project, plan.Name, session)
{
    private const int TriesBeforeHealthy = 3;
    private const string StopSignal = "TERM";

    private static readonly TimeSpan SilentPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan UnhealthyPoll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CalmPoll = TimeSpan.FromSeconds(2);

    /// <summary>The host that runs ourselves; PATH may know another, or none.</summary>
    private static readonly string DotnetHost = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    private readonly string instanceId = Guid.NewGuid().ToString("n")[..8];
    private GuardedProcess? process;
    private ResourceLog? log;
    private bool everHealthy;

    public override string? Url => plan.Project.Url;

    public override bool RunsToCompletion => plan.RunsToCompletion;

    public override IEnumerable<string> Blockers =>
        plan.Project.Waits.SelectMany(wait => Session.RunsOf(wait.Resource).Where(run => !(wait.ExitCode is null ? run.Healthy : run.Completed).IsCompleted)).Select(run => run.Name);

    protected override async Task RunAsync(CancellationToken ct)
    {
        if (!File.Exists(plan.Project.Metadata.TargetPath))
            throw new DistributedApplicationException($"'{Name}' has not been built: {plan.Project.Metadata.TargetPath} is missing.");
        using var ownLog = log = Session.OpenLog(Name);
        Enter(KnownResourceStates.Waiting);
        await Task.WhenAll(plan.Project.Waits.Select(wait => WaitAsync(wait, ct)));

        var variables = await ProjectEnvironment.OfAsync(plan.Project, plan.Profile, ListenUrl, instanceId, Session.Home.Folder, Session.Configuration, ct);
        var delay = new RestartDelay();
        for (var tries = 1; ; tries++)
        {
            delay.Started();
            var code = await RunOnceAsync(variables, ct);
            if (ct.IsCancellationRequested || RunsToCompletion)
            {
                Complete(code);
                return;
            }
            Enter(KnownResourceStates.Exited);
            if (!everHealthy && tries == TriesBeforeHealthy)
                throw new DistributedApplicationException($"'{Name}' does not start: it ended {tries} times before it was healthy, the last time with code {code}{LastWords}");
            var pause = delay.Next();
            log.Write(string.Create(CultureInfo.InvariantCulture, $"{Name} ended by itself with code {code}; it is started again in {pause.TotalSeconds} s."));
            await Task.Delay(pause, TimeProvider.System, ct);
        }
    }

    protected override async Task StopCoreAsync()
    {
        if (process is not { Exited.IsCompleted: false })
            return;
        Enter(KnownResourceStates.Stopping);
        await process.StopAsync();
    }

    private string? ListenUrl => plan.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}") : null;

    private string LastWords => log is { LastLine.Length: > 0 } ? $": {log.LastLine} (see {log.File})" : $" (see {log?.File})";

    private async Task WaitAsync(Wait wait, CancellationToken ct)
    {
        foreach (var run in Session.RunsOf(wait.Resource).ToArray())
            if (wait.ExitCode is not { } expected)
                await run.Healthy.WaitAsync(ct);
            else if (await run.Completed.WaitAsync(ct) is var code && code != expected)
                throw new DistributedApplicationException($"'{run.Name}' ended with code {code}{(run as ProjectRun)?.LastWords}");
    }

    private async Task<int> RunOnceAsync(Dictionary<string, string> variables, CancellationToken ct)
    {
        Enter(KnownResourceStates.Starting);
        using var started = process = GuardedProcess.Start(new GuardedCommand([DotnetHost, plan.Project.Metadata.TargetPath])
        {
            Environment = variables,
            WorkingDirectory = Path.GetDirectoryName(plan.Project.Metadata.ProjectPath),
            StopSignal = StopSignal,
            Output = log!.Write,
        });
        if (ct.IsCancellationRequested)
            await started.StopAsync(); // whoever stopped us may have looked before it was there
        Session.Home.Set(Name, await started.Pid, StopSignal, ListenUrl);

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watching = WatchHealthAsync(ended.Token);
        var code = await started.Exited;
        await ended.CancelAsync();
        await watching;
        Session.Home.Remove(Name);
        return code;
    }

    private async Task WatchHealthAsync(CancellationToken ended)
    {
        if (plan.Project.Endpoint.HealthPath is not { } path || plan.Port is not { } port)
        {
            everHealthy = !RunsToCompletion;
            Enter(KnownResourceStates.Running);
            return;
        }
        Enter(KnownResourceStates.Running, unhealthy: true);
        var url = new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", port, path).Uri;
        using var timer = new PeriodicTimer(SilentPoll);
        try
        {
            do
            {
                var status = await HealthProbe.AskAsync(url, ended);
                var healthy = status == plan.Project.Endpoint.HealthStatus;
                everHealthy |= healthy;
                if (healthy == IsUnhealthy)
                    Enter(KnownResourceStates.Running, unhealthy: !healthy);
                timer.Period = healthy ? CalmPoll : status is null ? SilentPoll : UnhealthyPoll;
            }
            while (await timer.WaitForNextTickAsync(ended));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The process has ended, and its health with it.
        }
    }
}
