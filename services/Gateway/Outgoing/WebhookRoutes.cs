using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Outgoing;

/// <summary>Webhooks to shops.</summary>
internal static class WebhookRoutes
{
    public static void AddOutgoingWebhooks(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new PublicAddresses(AnyAddress: builder.Environment.IsDevelopment())).AddSingleton<WebhookOutbox>();
        builder.Services.AddHostedService<ForgetWebhooks>();
        builder.AddDeliveries<WebhookChannel>(GatewayService.Model.Name, WebhookChannel.Configure);
    }

    public static void MapWebhookEndpoints(this RouteGroupBuilder v1)
    {
        var endpoints = v1.MapGroup("/webhook-endpoints").RequireScope(Scopes.Admin);
        endpoints.MapPost("", ManageEndpoints.Create);
        endpoints.MapGet("", ManageEndpoints.List);
        endpoints.MapGet("/{id}", ManageEndpoints.Get);
        endpoints.MapPut("/{id}", ManageEndpoints.Change);
        endpoints.MapDelete("/{id}", ManageEndpoints.Delete);
        endpoints.MapPost("/{id}/enable", ManageEndpoints.Enable);
        endpoints.MapPost("/{id}/disable", ManageEndpoints.Disable);
        endpoints.MapPost("/{id}/rotate-secret", ManageEndpoints.Rotate);
        endpoints.MapGet("/{id}/deliveries", DeliveryLog.List);
        endpoints.MapPost("/{id}/deliveries/{delivery}/replay", DeliveryLog.ReplayOne);
        endpoints.MapPost("/{id}/replay", DeliveryLog.ReplayRange);
    }
}
