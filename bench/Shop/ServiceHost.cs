using Engagement.Bench.Harness;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Engagement.Bench.Shop;

/// <summary>A service's own program in this process: Kestrel on loopback, the whole pipeline, PostgreSQL.</summary>
internal sealed class ServiceHost<TProgram> : IAsyncDisposable where TProgram : class
{
    private readonly Factory _factory;

    private ServiceHost(Factory factory) => _factory = factory;

    public IServiceProvider Services => _factory.Services;

    public Uri Address => _factory.ClientOptions.BaseAddress;

    /// <param name="settings">Beside those that every service has.</param>
    public static async Task<ServiceHost<TProgram>> Start(
        BenchDatabase database, ServiceModel model, CancellationToken ct, params (string Name, string Value)[] settings)
    {
        if (model.HasDeliveries)
            await Sql.Execute(database, $"{SqlScripts.Keys}\ncreate schema {model.Name};\n{SqlScripts.Deliveries(model.Name)}", ct);
        var factory = new Factory(database, settings);
        factory.UseKestrel(0);
        await Task.Run(factory.StartServer, ct);   // it starts the host synchronously
        return new ServiceHost<TProgram>(factory);
    }

    /// <summary>Not by the factory's own disposal: it stops the host a second time while the program, which was told to end, disposes it.</summary>
    public async ValueTask DisposeAsync()
    {
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var told = lifetime.ApplicationStopped.Register(stopped.SetResult);
        lifetime.StopApplication();
        await stopped.Task;
    }

    private sealed class Factory(BenchDatabase database, (string Name, string Value)[] settings) : WebApplicationFactory<TProgram>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Production").UseContentRoot(Path.GetTempPath());
            builder.UseSetting($"ConnectionStrings:{EventSourcing.ConnectionName}", database.ConnectionString);
            builder.UseSetting($"ConnectionStrings:{PersonalDataRegistration.ConnectionName}", database.ConnectionString);
            builder.UseSetting(MasterKey.Setting, "a master key for the bench");
            builder.UseSetting(InternalSignature.Setting, "a secret for the bench's internal calls");
            builder.UseSetting(PageLinks.KeySetting, "a key for the bench's pages");
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
        }
    }
}
