using System.Globalization;
using Engagement.Bench.Harness;
using Engagement.Contracts;
using Engagement.Messaging;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Bench.Shop;

/// <summary>Messaging with customers that it can write to by SMTP. Nobody takes what it tells others.</summary>
internal sealed class MessagingHost : IAsyncDisposable
{
    public const int Customers = 5_000;

    private readonly ServiceHost<Message> _host;

    private MessagingHost(ServiceHost<Message> host) => _host = host;

    public static async Task<MessagingHost> Open(BenchDatabase database, int smtpPort, CancellationToken ct)
    {
        var messaging = await ServiceHost<Message>.Start(
            database, MessagingService.Model, ct, (PageLinks.UrlSetting, "https://shop.example"), ("Smtp:Host", "127.0.0.1"),
            ("Smtp:Port", smtpPort.ToString(CultureInfo.InvariantCulture)));
        var host = new MessagingHost(messaging);
        await host.Meet(ct);
        while (await Sql.Scalar<long>(database, "select count(*) from bus.messaging", ct) > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        return host;
    }

    public static CustomerId Customer(long number) => new(string.Create(CultureInfo.InvariantCulture, $"c-{number % Customers}"));

    public IMessageBus OpenBus()
    {
        var bus = _host.Services.CreateAsyncScope().ServiceProvider.GetRequiredService<IMessageBus>();   // ends with the host
        bus.TenantId = BenchHost.Tenant;
        return bus;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task Meet(CancellationToken ct)
    {
        var (vault, bus, now) = (_host.Services.GetRequiredService<Vault>(), OpenBus(), TimeProvider.System.GetUtcNow());
        for (var i = 0; i < Customers; i++)
        {
            var details = new ContactDetails("Giulia Rossi", string.Create(CultureInfo.InvariantCulture, $"giulia.{i}@posta.example"));
            var box = await vault.SealAsync(BenchHost.Tenant, Customer(i), details, ct);
            await bus.PublishAsync(new ContactSeen(Customer(i), box, true, "it", "Europe/Rome", new Reported(now, now)));
        }
    }
}
