using Engagement.Gateway.Shops;

namespace Engagement.Gateway.Webhooks;

/// <summary>In development the shop <c>demo</c> is connected to every system, by secrets that everybody knows.</summary>
internal sealed class DevelopmentWebhooks(WebhookSources sources, ILogger<DevelopmentWebhooks> log) : BackgroundService
{
    public const string Secret = "demo-webhook-secret";
    public const string CustomSecret = "whsec_ZGVtby13ZWJob29rLXNlY3JldC1kZW1v";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var vendor in Vendor.All)
        {
            if (await sources.Find(vendor.Name, DevelopmentShop.Shop, stoppingToken) is not null) continue;
            await sources.Set(vendor.Name, DevelopmentShop.Shop, [vendor is CustomShop ? CustomSecret : Secret], stoppingToken);
        }

        log.LogInformation(
            "Shop '{Shop}' takes webhooks at /v1/webhooks/{Vendors}/{Shop}, signed with {Secret} (custom: {CustomSecret}), unless it set others.",
            DevelopmentShop.Shop, string.Join('|', Vendor.All.Select(vendor => vendor.Name)), DevelopmentShop.Shop, Secret, CustomSecret);
    }
}
