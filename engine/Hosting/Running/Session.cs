using Microsoft.Extensions.Configuration;

namespace Engagement.Hosting;

/// <summary>What the runs of one application share.</summary>
internal sealed class Session(AppHostHome home, RunOptions options, IConfiguration configuration, TextWriter console, int nameWidth) : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AppHostHome Home => home;

    public RunOptions Options => options;

    public IConfiguration Configuration => configuration;

    public IList<ResourceRun> Runs { get; } = [];

    /// <summary>From here on nothing is started any more.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Faults when the application can't go on.</summary>
    public Task Failed => failed.Task;

    /// <summary>A state has changed.</summary>
    public event Action? Changed;

    public void OnChanged() => Changed?.Invoke();

    public void Fail(Exception why) => failed.TrySetException(why);

    public Task StopAsync() => stopping.CancelAsync();

    public ResourceLog OpenLog(string name) => new(home.Logs, name, nameWidth, console);

    public IEnumerable<ResourceRun> RunsOf(IResource resource) => Runs.Where(run => run.Resource == resource);

    public void Dispose() => stopping.Dispose();
}
