using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;

namespace Engagement.Hosting;

/// <summary>
/// An application of several processes on one machine. Takes <c>--isolated</c> (ports and data of its own, removed at the end)
/// and <c>--home DIR</c> (another folder than <c>.engagement</c>).
/// </summary>
/// <remarks>Source: <c>Aspire.Hosting.DistributedApplication</c>.</remarks>
public sealed class DistributedApplication : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan OneSignal = TimeSpan.FromSeconds(1);

    private readonly Stopwatch sinceStart = Stopwatch.StartNew();
    private readonly DistributedApplicationBuilder builder;
    private readonly TextWriter console;
    private readonly List<RoundRobinProxy> proxies = [];
    private AppHostHome? home;
    private Session? session;
    private Task reporting = Task.CompletedTask;

    internal DistributedApplication(DistributedApplicationBuilder builder, TextWriter console)
    {
        this.builder = builder;
        this.console = TextWriter.Synchronized(console);
        ResourceNotifications = new ResourceNotificationService(() => session);
    }

    /// <summary>Tells what becomes of the resources.</summary>
    public ResourceNotificationService ResourceNotifications { get; }

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    /// <summary>Starts to put an application together; <paramref name="args"/> is the command line.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    /// <summary>Runs until Ctrl-C, SIGTERM, or a failure, which is one sentence on standard error and exit code 1.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="Run"/>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sinceAsked = new Stopwatch();
        using var cancelled = cancellationToken.Register(() => asked.TrySetResult());
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ask);
        try
        {
            await using (this)
            {
                await StartAsync(cancellationToken);
                await await Task.WhenAny(asked.Task, session!.Failed, ParentProcess.DotnetEndedAsync(session.Stopping));
            }
        }
        catch (DistributedApplicationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            Environment.ExitCode = 1;
        }

        // A signal that comes again later has its usual effect, and the guards see to the children; at once it is the same one,
        // sent to us and to our group.
        void Ask(PosixSignalContext context)
        {
            if (asked.TrySetResult())
                sinceAsked.Start();
            context.Cancel = sinceAsked.Elapsed < OneSignal;
        }
    }

    /// <summary>Starts everything that waits for nothing and returns; <see cref="ResourceNotifications"/> tells the rest.</summary>
    /// <exception cref="DistributedApplicationException">A port is taken, or another AppHost runs here.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (builder.Options.Problem is { } problem)
            throw new DistributedApplicationException(problem);
        home = await AppHostHome.TakeAsync(builder.Options, cancellationToken);
        session = new Session(home, builder.Options, builder.Configuration, console, nameWidth: builder.Resources.Max(resource => resource.Name.Length));
        AddRuns(session);
        foreach (var run in session.Runs)
            run.Start();
        reporting = new ConsoleReporter(session, console, sinceStart).RunAsync(session.Stopping);
    }

    /// <summary>Ends the services side by side, and then the server that they use.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (session is null)
        {
            await ReleaseAsync();
            return;
        }
        var sinceStop = Stopwatch.StartNew();
        await session.StopAsync();
        await reporting;
        await Task.WhenAll(session.Runs.Where(run => run is not PostgresServerRun).Select(run => run.StopAsync()));
        await Task.WhenAll(session.Runs.OfType<PostgresServerRun>().Select(run => run.StopAsync()));
        foreach (var proxy in proxies)
            await proxy.DisposeAsync();
        proxies.Clear();
        session.Dispose();
        session = null;
        await ReleaseAsync();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Stopped in {sinceStop.Elapsed.TotalSeconds:0.0} s."));
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task ReleaseAsync()
    {
        if (home is null)
            return;
        await home.DisposeAsync();
        home = null;
        if (builder.Options.Temporary)
            Directory.Delete(builder.Options.Home, recursive: true);
    }

    private void AddRuns(Session session)
    {
        var awaited = builder.Resources.OfType<ProjectResource>().SelectMany(project => project.Waits).Where(wait => wait.ExitCode is not null).Select(wait => wait.Resource).ToHashSet();
        var databases = new Dictionary<PostgresServerResource, PostgresDatabaseRun>();
        foreach (var resource in builder.Resources)
            switch (resource)
            {
                case PostgresServerResource server:
                    session.Runs.Add(new PostgresServerRun(server, session));
                    break;
                case PostgresDatabaseResource database:
                    session.Runs.Add(databases[database.Parent] = new PostgresDatabaseRun(database, databases.GetValueOrDefault(database.Parent), session));
                    break;
                case ProjectResource project:
                    foreach (var plan in Plan(project, awaited.Contains(project)))
                        session.Runs.Add(new ProjectRun(plan, session));
                    break;
            }
    }

    /// <summary>A single process has the public port itself; several share a proxy there.</summary>
    private IEnumerable<ProjectPlan> Plan(ProjectResource project, bool runsToCompletion)
    {
        var profile = LaunchProfile.Of(project, builder.Configuration["DOTNET_LAUNCH_PROFILE"]);
        int? port = profile.HttpUrl is null ? null : builder.Options.Isolated ? LocalPorts.FindFree() : profile.HttpUrl.Port;
        if (port is { } number)
        {
            project.Url = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{number}");
            if (!LocalPorts.IsFree(number))
                throw PortTaken(project, number);
        }
        if (project.Replicas == 1)
            return [new ProjectPlan(project, project.Name, profile, port, runsToCompletion)];

        int?[] targets = [.. Enumerable.Range(0, project.Replicas).Select(_ => port is null ? (int?)null : LocalPorts.FindFree())];
        if (port is { } shared)
            try
            {
                proxies.Add(new RoundRobinProxy(shared, [.. targets.Select(target => target!.Value)]));
            }
            catch (SocketException)
            {
                throw PortTaken(project, shared);
            }
        return targets.Select((target, index) => new ProjectPlan(project, $"{project.Name}-{index + 1}", profile, target, runsToCompletion));
    }

    private static DistributedApplicationException PortTaken(ProjectResource project, int port) =>
        new($"'{project.Name}' can't listen on port {port}: another program has it; end that, or use --isolated for other ports.");
}
