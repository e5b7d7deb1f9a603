using Microsoft.Extensions.Configuration;

namespace Engagement.Hosting;

/// <summary>The environment variables of a project's process: Aspire's contract, and <c>Engagement__Home</c>.</summary>
internal static class ProjectEnvironment
{
    /// <summary>These are the AppHost's own; a service has other ones or none.</summary>
    private static readonly string[] NotInherited = ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"];

    public static async Task<Dictionary<string, string>> OfAsync(
        ProjectResource project, LaunchProfile profile, string? listenUrl, string instanceId, string home, IConfiguration configuration, CancellationToken ct)
    {
        var variables = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            if (!NotInherited.Contains((string)variable.Key))
                variables[(string)variable.Key] = (string?)variable.Value ?? "";

        foreach (var (name, value) in profile.EnvironmentVariables)
            variables[name] = value;

        AddTelemetry(variables, project.Name, instanceId, configuration);
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
        variables["Engagement__Home"] = home;
        if (listenUrl is not null)
            variables["ASPNETCORE_URLS"] = listenUrl;

        var context = new EnvironmentContext(variables, ct);
        foreach (var step in project.Environment)
            await step(context);
        return variables;
    }

    private static void AddTelemetry(Dictionary<string, string> variables, string service, string instanceId, IConfiguration configuration)
    {
        var grpc = configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"];
        if ((grpc ?? configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"]) is { } endpoint)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = grpc is null ? "http/protobuf" : "grpc";
        }
        if (configuration["AppHost:OtlpApiKey"] is { } key)
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
        variables["OTEL_SERVICE_NAME"] = service;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={instanceId}";
        variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        if (configuration["DOTNET_ENVIRONMENT"] != "Development")
            return;
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
    }
}
