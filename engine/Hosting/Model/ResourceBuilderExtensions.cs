using System.Text.RegularExpressions;

namespace Engagement.Hosting;

/// <summary>What can be said of several kinds of resources.</summary>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Sets an environment variable; null becomes empty.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment
    {
        builder.Resource.Environment.Add(context =>
        {
            context.Variables[name] = value ?? "";
            return ValueTask.CompletedTask;
        });
        return builder;
    }

    /// <summary>Sets an environment variable to the value of a parameter.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter) where T : IResourceWithEnvironment
    {
        builder.Resource.Environment.Add(async context => context.Variables[name] = await parameter.Resource.GetValueAsync(context.CancellationToken) ?? "");
        return builder;
    }

    /// <summary>Sets an environment variable to the address of another resource.</summary>
    /// <exception cref="DistributedApplicationException">At start: that resource doesn't listen.</exception>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference) where T : IResourceWithEnvironment
    {
        builder.Resource.Environment.Add(context =>
        {
            context.Variables[name] = endpointReference.Url;
            return ValueTask.CompletedTask;
        });
        return builder;
    }

    /// <summary>The resource's address. There is one endpoint, <c>http</c>.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints => new(builder.Resource, name);

    /// <summary>
    /// Hands over <c>ConnectionStrings__{name}</c>, and its parts as <c>{NAME}_HOST</c>, <c>_PORT</c>, <c>_USERNAME</c>, <c>_PASSWORD</c>,
    /// <c>_URI</c> and, of a database, <c>_DATABASENAME</c>. Of a database: with a role called like the consumer; of a server: the administrator's.
    /// </summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null) where TDestination : IResourceWithEnvironment
    {
        var name = connectionName ?? source.Resource.Name;
        builder.Resource.Environment.Add(async context =>
        {
            var connection = await source.Resource.ConnectAsync(builder.Resource, context.CancellationToken);
            context.Variables[$"ConnectionStrings__{name}"] = connection.ConnectionString;
            foreach (var (part, value) in connection.Parts)
                context.Variables[$"{Identifier(name)}_{part}"] = value;
        });
        return builder;
    }

    /// <summary>Hands over the address as <c>services__{name}__http__0</c> and <c>{NAME}_HTTP</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source) where TDestination : IResourceWithEnvironment
    {
        var endpoint = new EndpointReference(source.Resource, EndpointReference.Http);
        builder.Resource.Environment.Add(context =>
        {
            context.Variables[$"services__{source.Resource.Name}__http__0"] = endpoint.Url;
            context.Variables[$"{Identifier(source.Resource.Name)}_HTTP"] = endpoint.Url;
            return ValueTask.CompletedTask;
        });
        return builder;
    }

    /// <summary>Starts the resource when the other one runs and is healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport
    {
        builder.Resource.Waits.Add(new Wait(dependency.Resource));
        return builder;
    }

    /// <summary>Starts the resource when the other one has ended; with another code than <paramref name="exitCode"/>, the application ends.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0) where T : IResourceWithWaitSupport
    {
        builder.Resource.Waits.Add(new Wait(dependency.Resource, exitCode));
        return builder;
    }

    /// <summary>Takes the resource for healthy while a GET of <paramref name="path"/> (<c>/</c>) answers <paramref name="statusCode"/> (200).</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null) where T : IResourceWithEndpoints
    {
        builder.Resource.Endpoint.HealthPath = path ?? "/";
        builder.Resource.Endpoint.HealthStatus = statusCode ?? 200;
        return builder;
    }

    /// <summary>The resource serves people, not only its neighbours: its address is named when all is up.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        builder.Resource.Endpoint.IsExternal = true;
        return builder;
    }

    private static string Identifier(string name) => NotInIdentifiers().Replace(name, "_").ToUpperInvariant();

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotInIdentifiers();
}

/// <summary>The address of a resource, known once the application has been started.</summary>
public sealed class EndpointReference
{
    internal const string Http = "http";

    private readonly IResourceWithEndpoints resource;

    internal EndpointReference(IResourceWithEndpoints resource, string name)
    {
        this.resource = resource;
        EndpointName = name == Http ? name : throw new DistributedApplicationException($"'{resource.Name}' has no endpoint '{name}': there is only 'http'.");
    }

    public string EndpointName { get; }

    /// <exception cref="DistributedApplicationException">The resource doesn't listen, or the application hasn't been started.</exception>
    public string Url => (resource as ProjectResource)?.Url
        ?? throw new DistributedApplicationException($"'{resource.Name}' has no address: its launchSettings.json names no applicationUrl.");
}
