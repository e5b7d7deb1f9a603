using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.ProofHost;

/// <summary>The service under proof: the queue <c>proof</c>, and one elsewhere that nobody works.</summary>
internal static class ProofService
{
    public const string Tenant = "demo";

    public static IHost Build(string connectionString, Action<WolverineOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "proof" });
        builder.Logging.AddFilter(level => level >= LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddMarten(options =>
            {
                options.Connection(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "proof" }.ConnectionString);
                options.DatabaseSchemaName = "proof";
                options.Projections.Snapshot<Box>(SnapshotLifecycle.Inline);
            })
            .ApplyAllDatabaseChangesOnStartup()
            .IntegrateWithWolverine();
        builder.UseWolverine(bus =>
        {
            bus.ServiceName = "proof";
            bus.ApplicationAssembly = typeof(ProofService).Assembly;
            bus.Durability.CrashWait = TimeSpan.FromMilliseconds(200);
            bus.Durability.ScheduledJobPollingTime = TimeSpan.FromMilliseconds(200);
            bus.PublishMessage<TellElsewhere>().ToPostgresqlQueue("elsewhere");
            bus.MessagePartitioning.ByMessage<Pack>(m => m.Box);
            configure?.Invoke(bus);
        });
        return builder.Build();
    }
}
