using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engagement.ServiceDefaults;

/// <summary><c>/health</c>: can it work; <c>/alive</c>: does it run. 200 or 503, in plain text, the checks that fail named.</summary>
internal static class HealthEndpoints
{
    public const string LiveTag = "live";
    private const string HealthPath = "/health";
    private const string AlivePath = "/alive";

    public static bool IsHealth(PathString path) => IsHealth(path.Value);

    public static bool IsHealth(string? path) => path is HealthPath or AlivePath;

    public static void Map(WebApplication app)
    {
        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = WriteAsync }).DisableHttpMetrics();
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag), ResponseWriter = WriteAsync })
            .DisableHttpMetrics();
    }

    /// <summary>Descriptions only: an exception's message can name hosts and users.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var text = new StringBuilder(report.Status.ToString());
        foreach (var (name, entry) in report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy))
        {
            text.Append('\n').Append(name).Append(": ").Append(entry.Description ?? entry.Status.ToString());
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}
