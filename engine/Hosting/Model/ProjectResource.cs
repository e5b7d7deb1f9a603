namespace Engagement.Hosting;

/// <summary>Where a project lies. The build generates one per ProjectReference of the AppHost, in the namespace <c>Projects</c>.</summary>
public interface IProjectMetadata
{
    /// <summary>Full path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>Full path of the built assembly, which is what runs. Not in Aspire, which builds by itself.</summary>
    string TargetPath { get; }
}

/// <summary>A .NET project that runs as a process, or as several.</summary>
public sealed class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    internal ProjectResource(string name, IProjectMetadata metadata, string? launchProfileName) : base(name)
    {
        Metadata = metadata;
        LaunchProfileName = launchProfileName;
    }

    internal IProjectMetadata Metadata { get; }

    internal string? LaunchProfileName { get; }

    internal int Replicas { get; set; } = 1;

    /// <summary>Set when the ports are given out; null for a project that doesn't listen.</summary>
    internal string? Url { get; set; }

    internal EndpointSettings Endpoint { get; } = new();

    internal List<EnvironmentStep> Environment { get; } = [];

    internal List<Wait> Waits { get; } = [];

    EndpointSettings IResourceWithEndpoints.Endpoint => Endpoint;

    IList<EnvironmentStep> IResourceWithEnvironment.Environment => Environment;

    IList<Wait> IResourceWithWaitSupport.Waits => Waits;
}

/// <summary>Adds projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project. Its port and environment variables come from its launchSettings.json.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name) where TProject : IProjectMetadata, new() =>
        builder.AddProject<TProject>(name, launchProfileName: null);

    /// <summary>Adds a project that uses the given profile of its launchSettings.json; null for the first one.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() =>
        builder.AddResource(new ProjectResource(name, new TProject(), launchProfileName));

    /// <summary>Runs the project several times behind its one address; calls go round.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        builder.Resource.Replicas = replicas;
        return builder;
    }
}
