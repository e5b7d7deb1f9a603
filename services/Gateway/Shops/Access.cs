using System.Security.Cryptography;
using System.Text;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Shops;

/// <summary>What a route asks of its caller: a shop's key with a scope, the installation's own key, or either.</summary>
internal sealed record Access(string? Scope, bool ByInstallation);

/// <summary>The key of those who run the installation, from the setting <c>Engagement:AdminKey</c>; without it nobody manages shops.</summary>
internal sealed class InstallationKey
{
    public const string Setting = "Engagement:AdminKey";
    private const int MinimumLength = 16;
    private readonly byte[]? _hash;

    public InstallationKey(IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } key) return;
        if (key.Length < MinimumLength)
            throw new InvalidOperationException($"The installation's key ({Setting}) must have at least {MinimumLength} characters.");
        _hash = Hash(key);
    }

    public bool Is(string key) => _hash is not null && CryptographicOperations.FixedTimeEquals(_hash, Hash(key));

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

/// <summary>
/// Lets in who has a key that a route asks for, and establishes the shop. 401 for every key that isn't known, expired or revoked, the same answer for
/// each; 403 for one that may not do this.
/// </summary>
internal static class AccessControl
{
    /// <summary>For shops' keys with this scope.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder routes, string scope) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new Access(scope, ByInstallation: false));

    /// <summary>For the installation's own key.</summary>
    public static TBuilder RequireInstallation<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new Access(null, ByInstallation: true));

    /// <summary>For the installation's own key, and for keys with the scope admin of the shop that the route names.</summary>
    public static TBuilder RequireShopAdmin<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new Access(Scopes.Admin, ByInstallation: true));

    public static WebApplication UseAccessControl(this WebApplication app)
    {
        var (installation, keys) = (app.Services.GetRequiredService<InstallationKey>(), app.Services.GetRequiredService<KeyRing>());
        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<Access>() is { } access && await Refuse(context, access, installation, keys) is { } refusal)
                await refusal.ExecuteAsync(context);
            else
                await next(context);
        });
        return app;
    }

    private static async Task<IResult?> Refuse(HttpContext context, Access access, InstallationKey installation, KeyRing keys)
    {
        var key = Bearer(context);
        if (access.ByInstallation && installation.Is(key)) return null;
        if (await keys.FindAsync(key, context.RequestAborted) is not { } found)
        {
            GatewayMetrics.Refused(null, "unauthorized");
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return TypedResults.Problem(
                statusCode: StatusCodes.Status401Unauthorized, title: "The API key is missing or unknown.",
                detail: "Send it as 'Authorization: Bearer <key>'.");
        }

        context.SetTenant(found.Shop);
        if (access.Scope is null) return Forbidden(found, "installation-only", "Only the installation's own key may do this.");
        if (!found.Has(access.Scope))
            return Forbidden(found, "missing-scope", $"The API key lacks the scope '{access.Scope}'.", access.Scope);
        return context.GetRouteValue("shop") is string shop && shop != found.Shop
            ? Forbidden(found, "other-shop", "The API key belongs to another shop.")
            : null;
    }

    private static ProblemHttpResult Forbidden(ApiKey key, string code, string title, string? scope = null)
    {
        GatewayMetrics.Refused(key.Shop, "forbidden");
        var extensions = new Dictionary<string, object?> { ["code"] = code };
        if (scope is not null) extensions["scope"] = scope;
        return TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, title: title, extensions: extensions);
    }

    private static string Bearer(HttpContext context) =>
        context.Request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header["Bearer ".Length..].Trim()
            : "";
}
