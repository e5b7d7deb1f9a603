using Engagement.Hosting;

namespace Engagement.Engine.Tests.Hosting;

/// <summary>A server for tests that only need one to be there.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly ScratchFolder folder = new();

    public EmbeddedPostgres Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions
    {
        DataFolder = folder["postgres"],
        Password = "p@ss",
        Settings = new Dictionary<string, string> { ["fsync"] = "off", ["shared_buffers"] = "16MB" },
    });

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        folder.Dispose();
    }
}
