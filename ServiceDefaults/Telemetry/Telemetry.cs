using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Sends traces, metrics and logs to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; without that setting nothing is registered and nothing
/// is listened to. The other <c>OTEL_*</c> settings work as OpenTelemetry documents them.
/// </summary>
internal static class Telemetry
{
    public const string EndpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string NameSetting = "OTEL_SERVICE_NAME";

    private static readonly string[] Sources = ["Engagement.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    private static readonly string[] Meters =
        ["Engagement.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "Npgsql", "System.Runtime"];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration[EndpointSetting])) return;

        // ASP.NET Core puts url.path and its like on its spans only when asked to, and asks the switch as the host is built.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);

        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
            logs.SetResourceBuilder(Named(ResourceBuilder.CreateDefault(), builder));
            logs.AddOtlpExporter();
        });
        builder.Services.AddTransient<IStartupFilter, ServerSpans>();
        builder.Services.AddHostedService(services => new TelemetryHost(
            () => Start(builder, services.GetRequiredService<IConfiguration>()), services.GetRequiredService<ILogger<TelemetryHost>>()));
    }

    private static OpenTelemetrySdk Start(IHostApplicationBuilder builder, IConfiguration configuration) => OpenTelemetrySdk.Create(telemetry =>
    {
        telemetry.Services.AddSingleton(configuration);
        telemetry.ConfigureResource(resource => Named(resource, builder));
        telemetry.WithTracing(traces => traces.AddSource(Sources).AddProcessor(new LeaveOutHealth()).AddOtlpExporter());
        telemetry.WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter());
    });

    /// <summary>The environment names the service; where it doesn't, the application's name does.</summary>
    private static ResourceBuilder Named(ResourceBuilder resource, IHostApplicationBuilder builder) =>
        string.IsNullOrEmpty(builder.Configuration[NameSetting]) ? resource.AddService(builder.Environment.ApplicationName) : resource;
}
