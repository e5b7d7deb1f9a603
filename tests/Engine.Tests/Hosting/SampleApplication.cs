using System.Text.Json;
using Engagement.Hosting;
using Microsoft.Extensions.Configuration;

namespace Engagement.Engine.Tests.Hosting;

internal sealed class SampleProject : IProjectMetadata
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
    public static readonly string Folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "Hosting", "Sample"));

    public string ProjectPath => Path.Combine(Folder, "HostingSample.csproj");
    public string TargetPath => Path.Combine(Folder, "bin", Configuration, "net10.0", "Engagement.HostingSample.dll");
}

/// <summary>An application of samples, with ports and a home of its own.</summary>
internal sealed class SampleApplication : IAsyncDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly DistributedApplicationBuilder builder;
    private readonly StringWriter output = new();
    private DistributedApplication? application;

    public SampleApplication(params string[] args)
    {
        Home = folder["home"];
        builder = new DistributedApplicationBuilder(["--home", Home, .. args]);
    }

    public string Home { get; }

    public IDistributedApplicationBuilder Builder => builder;

    public ConfigurationManager Configuration => builder.Configuration;

    public string Output => output.ToString();

    public IResourceBuilder<ProjectResource> AddService(string name) =>
        builder.AddProject<SampleProject>(name, "service").WithEnvironment("SAMPLE", "service").WithHttpHealthCheck("/health");

    public IResourceBuilder<ProjectResource> AddTask(string name, string kind = "finish") =>
        builder.AddProject<SampleProject>(name, "task").WithEnvironment("SAMPLE", kind);

    public async Task StartAsync()
    {
        application = builder.Build(output);
        await application.StartAsync();
    }

    public Task HealthyAsync(string name) => application!.ResourceNotifications.WaitForResourceHealthyAsync(name).WaitAsync(TimeSpan.FromMinutes(1));

    public async Task<string> FailureAsync(string name) => (await Should.ThrowAsync<DistributedApplicationException>(() => HealthyAsync(name))).Message;

    public string Log(string name)
    {
        using var file = new StreamReader(new FileStream(Path.Combine(Home, "logs", name + ".log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }

    public int ProcessOf(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Home, "processes.json"))).RootElement.GetProperty(name).GetProperty("pid").GetInt32();

    public static async Task<Dictionary<string, string>> EnvironmentOfAsync(IResourceBuilder<ProjectResource> service)
    {
        using var client = new HttpClient();
        return JsonSerializer.Deserialize<Dictionary<string, string>>(await client.GetStringAsync(new Uri(service.GetEndpoint("http").Url)))!;
    }

    public async ValueTask DisposeAsync()
    {
        if (application is not null)
            await application.DisposeAsync();
        folder.Dispose();
    }
}
