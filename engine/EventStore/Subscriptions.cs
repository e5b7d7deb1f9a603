namespace Engagement.EventStore;

/// <summary>
/// Follows every event of a store, in order, each once. What it does through <c>operations</c> commits together with its position,
/// so it happens exactly once; anything else may happen again after a crash. A singleton; its pages come one after the other.
/// </summary>
public interface ISubscription : IAsyncDisposable
{
    /// <summary>Works one page; when it throws, the page is undone and comes again.</summary>
    /// <param name="page">Events of all tenants, without those of archived streams; never empty.</param>
    /// <param name="controller">Tells this subscription's name.</param>
    /// <param name="operations">A session for the tenant <c>*DEFAULT*</c>, saved together with the position.</param>
    /// <param name="cancellationToken">Ends with the host.</param>
    /// <returns>Who is told after the commit; <see cref="NullChangeListener.Instance"/> for nobody.</returns>
    Task<IChangeListener> ProcessEventsAsync(
        EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken);
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
    /// <summary>The page is committed; not called again when this throws or the process ends.</summary>
    Task AfterCommitAsync(CancellationToken token);
}

/// <summary>Wants to hear nothing.</summary>
public sealed class NullChangeListener : IChangeListener
{
    /// <summary>The only one.</summary>
    public static readonly NullChangeListener Instance = new();

    private NullChangeListener()
    {
    }

    /// <inheritdoc/>
    public Task AfterCommitAsync(CancellationToken token) => Task.CompletedTask;
}

/// <summary>A page of events, of all tenants, in the order of their sequence numbers.</summary>
public sealed record EventRange(long SequenceFloor, long SequenceCeiling, IReadOnlyList<IEvent> Events);

/// <summary>How many processes follow a subscription. The engine always lets one at a time work a page, whichever is asked for.</summary>
public enum DaemonMode
{
    /// <summary>None.</summary>
    Disabled,

    /// <summary>This one.</summary>
    Solo,

    /// <summary>One of several.</summary>
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
