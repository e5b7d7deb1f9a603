using System.Diagnostics.CodeAnalysis;

namespace Engagement.Hosting;

/// <summary>A part of the application: a server, a database, a project, a parameter.</summary>
/// <remarks>Source: <c>Aspire.Hosting.ApplicationModel.IResource</c>, as are the names and promises of all types here.</remarks>
public interface IResource
{
    /// <summary>Unique in the application; letters, digits and hyphens.</summary>
    string Name { get; }
}

/// <summary>A resource that is given environment variables.</summary>
public interface IResourceWithEnvironment : IResource
{
    internal IList<EnvironmentStep> Environment { get; }
}

/// <summary>A resource that can wait for others before it starts.</summary>
public interface IResourceWithWaitSupport : IResource
{
    internal IList<Wait> Waits { get; }
}

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource
{
    internal EndpointSettings Endpoint { get; }
}

/// <summary>A resource that others find by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>A resource that others connect to.</summary>
public interface IResourceWithConnectionString : IResource
{
    /// <summary>Connection string of the administrator; waits until the server runs.</summary>
    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default);

    /// <summary>What a reference hands to <paramref name="consumer"/>.</summary>
    internal ValueTask<ConnectionProperties> ConnectAsync(IResource consumer, CancellationToken ct);
}

/// <summary>A resource inside another.</summary>
public interface IResourceWithParent<out T> : IResource where T : IResource
{
    T Parent { get; }
}

/// <summary>Base of all resources.</summary>
public abstract class Resource(string name) : IResource
{
    /// <inheritdoc/>
    public string Name { get; } = name;
}

/// <summary>Configures a resource while the application is put together; not thread safe.</summary>
public interface IResourceBuilder<out T> where T : IResource
{
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    T Resource { get; }
}

/// <summary>The application's resources, in the order in which they were added.</summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "Aspire's name.")]
public interface IResourceCollection : IReadOnlyCollection<IResource>
{
    bool TryGetByName(string name, [NotNullWhen(true)] out IResource? resource);
}

internal delegate ValueTask EnvironmentStep(EnvironmentContext context);

/// <summary>The variables of one process while they are gathered.</summary>
internal sealed record EnvironmentContext(IDictionary<string, string> Variables, CancellationToken CancellationToken);

/// <summary>Until <paramref name="Resource"/> is healthy, or has ended with <paramref name="ExitCode"/> when that is given.</summary>
internal sealed record Wait(IResource Resource, int? ExitCode = null);

internal sealed class EndpointSettings
{
    public bool IsExternal { get; set; }

    public string? HealthPath { get; set; }

    public int HealthStatus { get; set; } = 200;
}

internal sealed class ResourceCollection : IResourceCollection
{
    private readonly List<IResource> resources = [];

    public int Count => resources.Count;

    /// <exception cref="DistributedApplicationException">The name is taken.</exception>
    public void Add(IResource resource)
    {
        if (TryGetByName(resource.Name, out _))
            throw new DistributedApplicationException($"Two resources are called '{resource.Name}'.");
        resources.Add(resource);
    }

    public bool TryGetByName(string name, [NotNullWhen(true)] out IResource? resource) =>
        (resource = resources.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase))) is not null;

    public IEnumerator<IResource> GetEnumerator() => resources.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
