using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Engagement.ServiceDefaults;

/// <summary>What every service shares.</summary>
public static class Defaults
{
    private static readonly Dictionary<string, string?> LogLevels = new()
    {
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

        // Not even its scope, which would put the path on every line of a request: a customer's link is all in its path.
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
        ["Logging:LogLevel:Npgsql"] = "Warning",
    };

    /// <summary>
    /// Telemetry (<c>OTEL_*</c>), health checks, service discovery by name for every <see cref="HttpClient"/> of the factory, HTTP's JSON,
    /// problem details, and <see cref="TimeProvider"/>: the machine's, unless <c>AddDomainClock</c> says otherwise.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        // First of all sources, so that any setting of the same name overrides it.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels });
        builder.AddTelemetry();

        var services = builder.Services;
        services.AddRealTime();
        services.TryAddSingleton(TimeProvider.System);
        services.AddHealth();
        services.TryAddTransient<ServiceDiscovery>();
        services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler<ServiceDiscovery>());
        services.ConfigureHttpJsonOptions(options => HttpJson.Configure(options.SerializerOptions));
        services.AddProblemDetails(Problems.Customize);
        services.AddExceptionHandler<Problems>();

        // Outside development a bad request would otherwise be answered without a word, past our handler.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (all checks) and <c>/alive</c> (those tagged <c>live</c>) and answers errors with problem details.
    /// Call it first: what is added to the pipeline before it answers its errors on its own.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        HealthEndpoints.Map(app);
        return app;
    }
}
