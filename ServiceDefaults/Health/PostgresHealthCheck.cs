using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>Asks the service's database for one row.</summary>
internal sealed class PostgresHealthCheck(NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy("the database doesn't answer", error);
        }
    }
}
