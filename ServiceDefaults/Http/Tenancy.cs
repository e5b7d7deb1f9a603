using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Engagement.ServiceDefaults;

/// <summary>The shop a request is about.</summary>
public static class Tenancy
{
    /// <summary>The header that carries the shop between our own processes; trusted only beneath a signature.</summary>
    public const string Header = "X-Tenant";

    private sealed record TenantFeature(string Tenant);

    /// <summary>The shop of this request.</summary>
    /// <exception cref="InvalidOperationException">Nothing has established it: the route lacks its authentication.</exception>
    public static string Tenant(this HttpContext context) =>
        context.FindTenant() ?? throw new InvalidOperationException("No shop is established for this request.");

    /// <summary>The shop of this request, or null while nothing has established it.</summary>
    public static string? FindTenant(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<TenantFeature>()?.Tenant;
    }

    /// <summary>Establishes the shop, after authentication.</summary>
    public static void SetTenant(this HttpContext context, string tenant)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        context.Features.Set(new TenantFeature(tenant));
    }

    /// <summary>Stands for every shop, in calls of those who run the installation; no shop has this id, and no edge forwards it.</summary>
    public const string Everybody = "*";

    /// <summary>For routes that serve every shop: 403 for whoever calls for one shop only.</summary>
    public static TBuilder ForOperators<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.AddEndpointFilter(async (invocation, next) => invocation.HttpContext.FindTenant() == Everybody
            ? await next(invocation)
            : TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, title: "This serves every shop: it is not for calls of one."));

    /// <summary>Says for which shop an internal call is made, where it isn't the shop of the request at hand.</summary>
    public static HttpRequestMessage ForTenant(this HttpRequestMessage request, string tenant)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        request.Headers.Remove(Header);
        request.Headers.Add(Header, tenant);
        return request;
    }
}
