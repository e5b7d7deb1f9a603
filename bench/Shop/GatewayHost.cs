using System.Net.Http.Headers;
using Engagement.Bench.Harness;
using Engagement.Gateway;
using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Bench.Shop;

/// <summary>The Gateway's own program in this process: Kestrel on loopback, the whole pipeline, PostgreSQL. Nobody takes what it sends.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private const string Key = "eng_a-key-of-the-bench";

    private readonly Factory _factory;

    private GatewayHost(Factory factory) => _factory = factory;

    public static async Task<GatewayHost> Open(BenchDatabase database, CancellationToken ct)
    {
        await Sql.Execute(database, SqlScripts.Keys, ct);
        await Sql.Execute(database, $"create schema {GatewayService.Model.Name};\n{SqlScripts.Deliveries(GatewayService.Model.Name)}", ct);
        var factory = new Factory(database);
        factory.UseKestrel(0);
        await Task.Run(factory.StartServer, ct);   // it starts the host synchronously
        await using var session = factory.Services.GetRequiredService<IDocumentStore>().LightweightSession(ApiKeys.Registry);
        session.Store(new ApiKey(ApiKeys.Hash(Key), BenchHost.Tenant, "bench", TimeProvider.System.GetUtcNow()));
        await session.SaveChangesAsync(ct);
        return new GatewayHost(factory);
    }

    /// <summary>A shop with connections of its own.</summary>
    public HttpClient Client(int connections)
    {
        var address = _factory.ClientOptions.BaseAddress;
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections }) { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return client;
    }

    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    private sealed class Factory(BenchDatabase database) : WebApplicationFactory<RegisteredShop>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Production").UseContentRoot(Path.GetTempPath());
            builder.UseSetting($"ConnectionStrings:{EventSourcing.ConnectionName}", database.ConnectionString);
            builder.UseSetting($"ConnectionStrings:{PersonalDataRegistration.ConnectionName}", database.ConnectionString);
            builder.UseSetting(MasterKey.Setting, "a master key for the bench");
            builder.UseSetting(InternalSignature.Setting, "a secret for the bench's internal calls");
            builder.UseSetting("Pages:Key", "a key for the bench's pages");
            builder.UseSetting("Engagement:RateLimit:PerSecond", "1000000");   // how fast it can be, not how fast a shop may
            builder.UseSetting("Engagement:RateLimit:Burst", "1000000");
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
        }
    }
}
