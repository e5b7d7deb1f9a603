using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Shops;

/// <summary>Shops, their keys and their limits.</summary>
internal static class ShopRoutes
{
    public static void AddShops(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Engagement").Get<EngagementOptions>() ?? new();
        builder.Services.AddSingleton(options).AddRateLimits(options);
        builder.Services.AddSingleton<InstallationKey>().AddSingleton<KeyRing>().AddHostedService(services => services.GetRequiredService<KeyRing>());
        builder.Services.AddHostedService<DeclaredShops>();
        if (builder.Environment.IsDevelopment()) builder.Services.AddHostedService<DevelopmentShop>();
    }

    /// <summary>Who calls, and whether not too often.</summary>
    public static void UseShops(this WebApplication app) => app.UseAccessControl().UseRateLimiter();

    public static void MapShops(this RouteGroupBuilder v1)
    {
        v1.MapPost("/shops", CreateShopEndpoint.Handle).RequireInstallation();
        v1.MapGet("/shops", ListShops.Handle).RequireInstallation();
        v1.MapGet("/shops/{shop}/keys", ListKeys.Handle).RequireShopAdmin();
        v1.MapPost("/shops/{shop}/keys", CreateKeyEndpoint.Handle).RequireShopAdmin();
        v1.MapPost("/shops/{shop}/keys/{id}/rotate", RotateKeyEndpoint.Handle).RequireShopAdmin();
        v1.MapDelete("/shops/{shop}/keys/{id}", RevokeKey.Handle).RequireShopAdmin();
    }
}
