using Engagement.Gateway.Api;
using Engagement.Gateway.Forwarding;
using Engagement.Gateway.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Gateway.Settings;

/// <summary>A shop's settings lie in the services that use them.</summary>
internal static class SettingsRoutes
{
    private const int MostBytes = 64 * 1024;

    /// <param name="fields">What they mean, with their defaults.</param>
    public static void MapSettings(this RouteGroupBuilder v1, string owner, string name, string fields)
    {
        v1.MapGet($"/settings/{name}", Forward.To(owner)).RequireScope(Scopes.Read).WithSummary("The settings that hold, with their version as ETag")
            .WithTags("Settings");
        v1.MapPut($"/settings/{name}", Forward.To(owner)).RequireScope(Scopes.Admin)
            .WithMetadata(new RequestSizeLimitAttribute(MostBytes), new Body("application/json", fields))
            .WithSummary("Replaces the settings; If-Match guards against somebody else's change").WithTags("Settings");
    }
}
