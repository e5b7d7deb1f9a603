using System.Globalization;
using Engagement.Bench.Harness;
using Engagement.Contracts;
using Engagement.Messaging;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Bench.Shop;

/// <summary>Messaging's own program in this process, with customers that it can write to by SMTP. Nobody takes what it tells others.</summary>
internal sealed class MessagingHost : IAsyncDisposable
{
    public const int Customers = 5_000;

    private readonly Factory _factory;

    private MessagingHost(Factory factory) => _factory = factory;

    public static async Task<MessagingHost> Open(BenchDatabase database, int smtpPort, CancellationToken ct)
    {
        await Sql.Execute(database, SqlScripts.Keys, ct);
        await Sql.Execute(database, $"create schema {MessagingService.Model.Name};\n{SqlScripts.Deliveries(MessagingService.Model.Name)}", ct);
        var factory = new Factory(database, smtpPort);
        factory.UseKestrel(0);
        await Task.Run(factory.StartServer, ct);   // it starts the host synchronously
        var host = new MessagingHost(factory);
        await host.Meet(ct);
        while (await Sql.Scalar<long>(database, "select count(*) from bus.messaging", ct) > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        return host;
    }

    public static CustomerId Customer(long number) => new(string.Create(CultureInfo.InvariantCulture, $"c-{number % Customers}"));

    public IMessageBus OpenBus()
    {
        var bus = _factory.Services.CreateAsyncScope().ServiceProvider.GetRequiredService<IMessageBus>();   // ends with the host
        bus.TenantId = BenchHost.Tenant;
        return bus;
    }

    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    private async Task Meet(CancellationToken ct)
    {
        var (vault, bus, now) = (_factory.Services.GetRequiredService<Vault>(), OpenBus(), TimeProvider.System.GetUtcNow());
        for (var i = 0; i < Customers; i++)
        {
            var details = new ContactDetails("Giulia Rossi", string.Create(CultureInfo.InvariantCulture, $"giulia.{i}@posta.example"));
            var box = await vault.SealAsync(BenchHost.Tenant, Customer(i), details, ct);
            await bus.PublishAsync(new ContactSeen(Customer(i), box, true, "it", "Europe/Rome", new Reported(now, now)));
        }
    }

    private sealed class Factory(BenchDatabase database, int smtpPort) : WebApplicationFactory<Message>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Production").UseContentRoot(Path.GetTempPath());
            builder.UseSetting($"ConnectionStrings:{EventSourcing.ConnectionName}", database.ConnectionString);
            builder.UseSetting($"ConnectionStrings:{PersonalDataRegistration.ConnectionName}", database.ConnectionString);
            builder.UseSetting(MasterKey.Setting, "a master key for the bench");
            builder.UseSetting(InternalSignature.Setting, "a secret for the bench's internal calls");
            builder.UseSetting(PageLinks.KeySetting, "a key for the bench's pages");
            builder.UseSetting(PageLinks.UrlSetting, "https://shop.example");
            builder.UseSetting("Smtp:Host", "127.0.0.1");
            builder.UseSetting("Smtp:Port", smtpPort.ToString(CultureInfo.InvariantCulture));
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
        }
    }
}
