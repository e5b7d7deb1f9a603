using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Engagement.ServiceDefaults;

/// <summary>
/// The clock on the wall, whatever the domain's clock says: for leases, retry waits, polling, signatures and cache ages.
/// A plain <see cref="TimeProvider"/> in the container is the clock of the domain.
/// </summary>
/// <param name="Clock">Tests put a clock of their own here.</param>
public sealed record RealTime(TimeProvider Clock)
{
    /// <summary>The machine's own clock.</summary>
    public static RealTime System { get; } = new(TimeProvider.System);

    /// <summary>What the clock on the wall says, in UTC.</summary>
    public DateTimeOffset Now => Clock.GetUtcNow();
}

internal static class RealTimeRegistration
{
    public static IServiceCollection AddRealTime(this IServiceCollection services)
    {
        services.TryAddSingleton(RealTime.System);
        return services;
    }
}
