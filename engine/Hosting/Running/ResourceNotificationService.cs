namespace Engagement.Hosting;

/// <summary>Tells what becomes of the resources of a started application. Thread safe.</summary>
/// <remarks>Source: <c>Aspire.Hosting.ApplicationModel.ResourceNotificationService</c>.</remarks>
public sealed class ResourceNotificationService
{
    private readonly Func<Session?> current;

    internal ResourceNotificationService(Func<Session?> current) => this.current = current;

    /// <summary>Completes when the resource, with all its replicas, has become healthy.</summary>
    /// <exception cref="DistributedApplicationException">The application failed first, hasn't been started, or has no such resource.</exception>
    public async Task WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        var session = current() ?? throw new DistributedApplicationException("The application has not been started.");
        var runs = session.Runs.Where(run => run.Resource.Name == resourceName).ToArray();
        if (runs.Length == 0)
            throw new DistributedApplicationException($"There is no resource '{resourceName}'.");
        var all = Task.WhenAll(runs.Select(run => run.Healthy)).WaitAsync(cancellationToken);
        await await Task.WhenAny(all, session.Failed);
    }
}
