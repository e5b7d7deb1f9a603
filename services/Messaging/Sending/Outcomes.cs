using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

internal static class Outcomes
{
    /// <summary>What came of a delivery is recorded by a handler, so that what it tells others leaves with its commit.</summary>
    public static async Task Record(this IServiceScopeFactory scopes, Delivery delivery, object outcome, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = delivery.Tenant;
        await bus.InvokeAsync(outcome, ct);
    }
}
