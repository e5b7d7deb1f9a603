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
        var shops = v1.MapGroup("/shops").WithTags("Shops and keys");
        shops.MapPost("", CreateShopEndpoint.Handle).RequireInstallation().WithSummary("Registers a shop");
        shops.MapGet("", ListShops.Handle).RequireInstallation().WithSummary("The shops");
        var keys = shops.MapGroup("/{shop}/keys").RequireShopAdmin();
        keys.MapGet("", ListKeys.Handle).WithSummary("A shop's keys");
        keys.MapPost("", CreateKeyEndpoint.Handle).WithSummary("Makes a key, shown once");
        keys.MapPost("/{id}/rotate", RotateKeyEndpoint.Handle).WithSummary("Puts a new key beside an old one, which then ends");
        keys.MapDelete("/{id}", RevokeKey.Handle).WithSummary("Revokes a key at once");
    }
}
