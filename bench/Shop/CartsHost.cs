using Engagement.Bench.Harness;
using Engagement.Carts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Engagement.Bench.Shop;

/// <summary>Carts' own program in this process: takes what the Gateway sends it.</summary>
internal sealed class CartsHost : IAsyncDisposable
{
    private readonly Factory _factory;

    private CartsHost(Factory factory) => _factory = factory;

    public static async Task<CartsHost> Open(BenchDatabase database, CancellationToken ct)
    {
        var factory = new Factory(database);
        factory.UseKestrel(0);
        await Task.Run(factory.StartServer, ct);   // it starts the host synchronously
        return new CartsHost(factory);
    }

    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    private sealed class Factory(BenchDatabase database) : WebApplicationFactory<Cart>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Production").UseContentRoot(Path.GetTempPath());
            builder.UseSetting($"ConnectionStrings:{EventSourcing.ConnectionName}", database.ConnectionString);
            builder.UseSetting(InternalSignature.Setting, "a secret for the bench's internal calls");
            builder.UseSetting("Pages:Key", "a key for the bench's pages");
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
        }
    }
}
