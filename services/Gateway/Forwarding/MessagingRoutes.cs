using Engagement.Gateway.Api;
using Engagement.Gateway.Shops;

namespace Engagement.Gateway.Forwarding;

/// <summary>What customers permit, whether messages go at all, and addresses that work again: Messaging's.</summary>
internal static class MessagingRoutes
{
    public static void MapSending(this RouteGroupBuilder v1)
    {
        v1.MapGet("/permissions/{customer}", Forward.To("messaging")).RequireScope(Scopes.Read).WithSummary("What a customer permits").WithTags("Sending");
        v1.MapPost("/addresses/clear", Forward.To("messaging")).RequireScope(Scopes.Admin).WithMetadata(new Body("application/json"))
            .WithSummary("An address works again: somebody knows it").WithTags("Sending");
        v1.MapGet("/sending", Forward.To("messaging")).RequireScope(Scopes.Read).WithSummary("Whether messages go, or are stopped").WithTags("Sending");
        v1.MapPost("/sending/stop", Forward.To("messaging")).RequireScope(Scopes.Admin).WithMetadata(new Body("application/json"))
            .WithSummary("Holds every message of the shop, at once").WithTags("Sending");
        v1.MapPost("/sending/resume", Forward.To("messaging")).RequireScope(Scopes.Admin).WithMetadata(new Body("application/json"))
            .WithSummary("Lets them go on").WithTags("Sending");
    }
}
