using Engagement.Gateway.Shops;

namespace Engagement.Gateway.Forwarding;

/// <summary>Carts owns carts, what is missing in them, and what came of those that were left.</summary>
internal static class CartRoutes
{
    public static void MapCarts(this RouteGroupBuilder v1)
    {
        v1.MapGet("/carts/{id}", Forward.To("carts")).RequireScope(Scopes.Read).WithSummary("A cart as it is now").WithTags("Carts");
        v1.MapGet("/carts/{id}/next-step", Forward.To("carts")).RequireScope(Scopes.Read)
            .WithSummary("Where the customer is, what comes next and what is missing, in words").WithTags("Carts");
        v1.MapGet("/abandoned-carts", Forward.To("carts")).RequireScope(Scopes.Read).WithSummary("Carts that were left, the last one first").WithTags("Carts");
        v1.MapGet("/cart-recovery", Forward.To("carts")).RequireScope(Scopes.Read)
            .WithSummary("What was won back, by day, step and reason").WithTags("Carts");
        v1.MapGet("/cart-funnel", Forward.To("carts")).RequireScope(Scopes.Read).WithSummary("Where people give up").WithTags("Carts");
    }
}
