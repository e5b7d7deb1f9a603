using Microsoft.Extensions.Configuration;

namespace Engagement.Hosting;

/// <summary>Puts an application together. Made by <see cref="DistributedApplication.CreateBuilder(string[])"/>; not thread safe.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The folder of the AppHost's project.</summary>
    string AppHostDirectory { get; }

    /// <summary>appsettings.json of the AppHost, its environment variables and command line, the last one winning.</summary>
    ConfigurationManager Configuration { get; }

    IResourceCollection Resources { get; }

    /// <summary>Adds a resource.</summary>
    /// <exception cref="DistributedApplicationException">The name is taken.</exception>
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    DistributedApplication Build();
}
