namespace Engagement.EventStore;

/// <summary>
/// Follows every event of a store, in order, each once. What it does through <c>operations</c> commits together with its position,
/// so it happens exactly once; anything else may happen again after a crash. A singleton; its pages come one after the other.
/// </summary>
public interface ISubscription : IAsyncDisposable
{
    Task<IChangeListener> ProcessEventsAsync(EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken);
}

/// <summary>What a subscription can say about itself while it works.</summary>
public interface ISubscriptionController
{
    /// <summary>The name its position is stored under.</summary>
    string Name { get; }
}

/// <summary>Is told when a page is committed.</summary>
public interface IChangeListener
{
    Task AfterCommitAsync(CancellationToken token);
}

/// <summary>Wants to hear nothing.</summary>
public sealed class NullChangeListener : IChangeListener
{
    public static readonly NullChangeListener Instance = new();

    private NullChangeListener()
    {
    }

    public Task AfterCommitAsync(CancellationToken token) => Task.CompletedTask;
}

/// <summary>A page of events, of all tenants, in the order of their sequence numbers.</summary>
public sealed record EventRange(long SequenceFloor, long SequenceCeiling, IReadOnlyList<IEvent> Events);

/// <summary>How many processes follow a subscription. The engine always lets one at a time work a page, whichever is asked for.</summary>
public enum DaemonMode
{
    Disabled,
    Solo,
    HotCold,
}

/// <summary>Works on projections by hand.</summary>
public interface IProjectionDaemon : IDisposable
{
    /// <summary>
    /// Folds every stream of <typeparamref name="T"/> anew while the system runs: stream by stream, each under its lock, so that no
    /// reader sees a snapshot that is absent or older. Taken up where it stopped when it is called again.
    /// </summary>
    Task RebuildProjectionAsync<T>(CancellationToken token) where T : class;
}
