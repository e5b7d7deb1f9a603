using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Webhooks;

/// <summary>In development the shop <c>demo</c> is connected to every system, by secrets that everybody knows.</summary>
internal sealed class DevelopmentWebhooks(WebhookSources sources, Readiness readiness, ILogger<DevelopmentWebhooks> log) : BackgroundService
{
    public const string Secret = "demo-webhook-secret";
    public const string CustomSecret = "whsec_ZGVtby13ZWJob29rLXNlY3JldC1kZW1v";

    private const string Waiting = "the development shop's webhooks";

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.WaitFor(Waiting);   // who reads "healthy" can send
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var vendor in Vendor.All)
        {
            if (await sources.Find(vendor.Name, DevelopmentShop.Shop, stoppingToken) is not null) continue;
            await sources.Set(vendor.Name, DevelopmentShop.Shop, [vendor is SignedByStandard ? CustomSecret : Secret], stoppingToken);
        }

        readiness.Done(Waiting);
        log.LogInformation(
            "Shop '{Shop}' takes webhooks at /v1/webhooks/{Vendors}/{Shop}, signed with {Secret} (custom, provider: {CustomSecret}; postmark's password), "
                + "unless it set others.",
            DevelopmentShop.Shop, string.Join('|', Vendor.All.Select(vendor => vendor.Name)), DevelopmentShop.Shop, Secret, CustomSecret);
    }
}
