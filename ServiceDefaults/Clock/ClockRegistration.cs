using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>Registers the clock of the domain.</summary>
public static class ClockRegistration
{
    /// <summary>
    /// In development <see cref="TimeProvider"/> becomes a <see cref="DomainClock"/> that follows the database's clock, on the registered
    /// <see cref="NpgsqlDataSource"/>, from before any service starts; elsewhere it is <see cref="TimeProvider.System"/>.
    /// </summary>
    public static TBuilder AddDomainClock<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        var services = builder.Services;
        services.AddRealTime();
        if (!builder.Environment.IsDevelopment())
        {
            services.TryAddSingleton(TimeProvider.System);
            return builder;
        }

        var service = builder.Environment.ApplicationName;
        services.AddSingleton(provider => new DomainClock(provider.GetRequiredService<RealTime>().Clock));
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(provider => provider.GetRequiredService<DomainClock>()));
        services.AddHostedService(provider => new ClockFollower(
            provider.GetRequiredService<DomainClock>(), provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<RealTime>(),
            service, provider.GetRequiredService<ILogger<ClockFollower>>()));
        return builder;
    }
}
