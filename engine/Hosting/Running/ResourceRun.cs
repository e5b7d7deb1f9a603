namespace Engagement.Hosting;

/// <summary>One resource, or one replica of it, from its start to its end.</summary>
internal abstract class ResourceRun(IResource resource, string name, Session session)
{
    private readonly TaskCompletionSource healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IResource Resource => resource;

    public string Name => name;

    public string State { get; private set; } = KnownResourceStates.NotStarted;

    /// <summary>Set while it runs and its health check doesn't pass.</summary>
    public bool IsUnhealthy { get; private set; }

    public virtual string? Url => null;

    /// <summary>Whether it is to end by itself.</summary>
    public virtual bool RunsToCompletion => false;

    /// <summary>Completes when it is healthy for the first time.</summary>
    public Task Healthy => healthy.Task;

    /// <summary>Completes with the exit code of a resource that ends by itself.</summary>
    public Task<int> Completed => completed.Task;

    /// <summary>Nothing more is to come of it for now.</summary>
    public bool IsSettled => RunsToCompletion ? Completed.IsCompleted : Healthy.IsCompleted && State == KnownResourceStates.Running && !IsUnhealthy;

    protected Session Session => session;

    private Task running = Task.CompletedTask;

    /// <summary>The names of those that it still waits for.</summary>
    public virtual IEnumerable<string> Blockers => [];

    public void Start() => running = GuardAsync();

    /// <summary>Ends it; <see cref="Session.Stopping"/> is set by then.</summary>
    public async Task StopAsync()
    {
        await StopCoreAsync();
        await running;
    }

    protected abstract Task RunAsync(CancellationToken ct);

    protected virtual Task StopCoreAsync() => Task.CompletedTask;

    protected void Enter(string state, bool unhealthy = false)
    {
        State = state;
        IsUnhealthy = unhealthy;
        if (state == KnownResourceStates.Running && !unhealthy)
            healthy.TrySetResult();
        session.OnChanged();
    }

    protected void Complete(int exitCode)
    {
        Enter(exitCode == 0 ? KnownResourceStates.Finished : KnownResourceStates.Exited);
        completed.TrySetResult(exitCode);
    }

    private async Task GuardAsync()
    {
        try
        {
            await RunAsync(session.Stopping);
        }
        catch (OperationCanceledException) when (session.Stopping.IsCancellationRequested)
        {
            // Stopped while it waited.
        }
        catch (Exception e)
        {
            Enter(KnownResourceStates.FailedToStart);
            session.Fail(e);
        }
    }
}
