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
        var endpoints = v1.MapGroup("/webhook-endpoints").RequireScope(Scopes.Admin).WithTags("Webhooks");
        endpoints.MapPost("", ManageEndpoints.Create).WithSummary("Makes an endpoint, its secret shown once");
        endpoints.MapGet("", ManageEndpoints.List).WithSummary("The endpoints");
        endpoints.MapGet("/{id}", ManageEndpoints.Get).WithSummary("An endpoint");
        endpoints.MapPut("/{id}", ManageEndpoints.Change).WithSummary("Changes an endpoint");
        endpoints.MapDelete("/{id}", ManageEndpoints.Delete).WithSummary("Deletes an endpoint");
        endpoints.MapPost("/{id}/enable", ManageEndpoints.Enable).WithSummary("Enables an endpoint");
        endpoints.MapPost("/{id}/disable", ManageEndpoints.Disable).WithSummary("Disables an endpoint");
        endpoints.MapPost("/{id}/rotate-secret", ManageEndpoints.Rotate).WithSummary("Puts a new secret beside the old one");
        endpoints.MapGet("/{id}/deliveries", DeliveryLog.List).WithSummary("What was sent and what became of it");
        endpoints.MapPost("/{id}/deliveries/{delivery}/replay", DeliveryLog.ReplayOne).WithSummary("Sends one once more");
        endpoints.MapPost("/{id}/replay", DeliveryLog.ReplayRange).WithSummary("Sends what happened within a time once more");
    }
}
