using Engagement.Bench.Harness;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Engagement.Bench.Shop;

/// <summary>A service's own program in this process: Kestrel on loopback, the whole pipeline, PostgreSQL.</summary>
internal sealed class ServiceFactory<TProgram> : WebApplicationFactory<TProgram> where TProgram : class
{
    private readonly BenchDatabase _database;
    private readonly (string Name, string Value)[] _settings;

    private ServiceFactory(BenchDatabase database, (string Name, string Value)[] settings) => (_database, _settings) = (database, settings);

    /// <param name="settings">Beside those that every service has.</param>
    public static async Task<ServiceFactory<TProgram>> Start(
        BenchDatabase database, ServiceModel model, CancellationToken ct, params (string Name, string Value)[] settings)
    {
        if (model.HasDeliveries)
            await Sql.Execute(database, $"{SqlScripts.Keys}\ncreate schema {model.Name};\n{SqlScripts.Deliveries(model.Name)}", ct);
        var factory = new ServiceFactory<TProgram>(database, settings);
        factory.UseKestrel(0);
        await Task.Run(factory.StartServer, ct);   // it starts the host synchronously
        return factory;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production").UseContentRoot(Path.GetTempPath());
        builder.UseSetting($"ConnectionStrings:{EventSourcing.ConnectionName}", _database.ConnectionString);
        builder.UseSetting($"ConnectionStrings:{PersonalDataRegistration.ConnectionName}", _database.ConnectionString);
        builder.UseSetting(MasterKey.Setting, "a master key for the bench");
        builder.UseSetting(InternalSignature.Setting, "a secret for the bench's internal calls");
        builder.UseSetting(PageLinks.KeySetting, "a key for the bench's pages");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        foreach (var (name, value) in _settings) builder.UseSetting(name, value);
    }
}
