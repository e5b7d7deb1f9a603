using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Engagement.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly ResourceCollection resources = new();

    public DistributedApplicationBuilder(string[] args)
    {
        var metadata = (Assembly.GetEntryAssembly()?.GetCustomAttributes<AssemblyMetadataAttribute>() ?? [])
            .ToLookup(attribute => attribute.Key, attribute => attribute.Value, StringComparer.OrdinalIgnoreCase);
        AppHostDirectory = metadata["AppHostProjectPath"].FirstOrDefault() ?? Directory.GetCurrentDirectory();
        var defaultHome = metadata["EngagementHome"].FirstOrDefault() ?? Path.Combine(AppHostDirectory, ".engagement");

        Options = RunOptions.Parse(args, defaultHome);
        Configuration.SetBasePath(AppHostDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables();
        Configuration.AddJsonFile($"appsettings.{Configuration["DOTNET_ENVIRONMENT"] ?? "Production"}.json", optional: true).AddEnvironmentVariables().AddCommandLine(Options.Remaining);
        Parameters = new ParameterStore(Path.Combine(Options.Home, "parameters.json"));
    }

    public string AppHostDirectory { get; }

    public ConfigurationManager Configuration { get; } = new();

    public IResourceCollection Resources => resources;

    public RunOptions Options { get; }

    public ParameterStore Parameters { get; }

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build() => Build(Console.Out);

    public DistributedApplication Build(TextWriter console) => new(this, console);

    private sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T> where T : IResource;
}
