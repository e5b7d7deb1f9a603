using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Engagement.ServiceDefaults;

internal static class HealthRegistration
{
    private static readonly TimeSpan PostgresTimeout = TimeSpan.FromSeconds(5);

    public static void AddHealth(this IServiceCollection services)
    {
        services.TryAddSingleton<Readiness>();
        services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [HealthEndpoints.LiveTag]).AddCheck<Readiness>("ready");

        // Decided when the container is complete: the data source may be registered after us, or never.
        services.AddOptions<HealthCheckServiceOptions>().Configure<IServiceProviderIsService>((options, registered) =>
        {
            if (!registered.IsService(typeof(NpgsqlDataSource))) return;
            options.Registrations.Add(new HealthCheckRegistration(
                "postgres", provider => new PostgresHealthCheck(provider.GetRequiredService<NpgsqlDataSource>()), HealthStatus.Unhealthy, [], PostgresTimeout));
        });
    }
}
