using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Engagement.ServiceDefaults;

/// <summary>Turns the internal signature on, at both ends.</summary>
public static class InternalCallsRegistration
{
    /// <summary>Signs this client's calls; see <see cref="InternalCalls"/>.</summary>
    /// <exception cref="InvalidOperationException">At the first call: <see cref="InternalSignature.Setting"/> is missing.</exception>
    public static IHttpClientBuilder AddInternalCalls(this IHttpClientBuilder client)
    {
        ArgumentNullException.ThrowIfNull(client);
        client.Services.AddHttpContextAccessor();
        client.Services.AddRealTime();
        client.Services.TryAddTransient<InternalCalls>();
        client.Services.TryAddSingleton(services => InternalSignature.From(services.GetRequiredService<IConfiguration>()));
        return client.AddHttpMessageHandler<InternalCalls>();
    }

    /// <summary>
    /// Refuses, with 401, what isn't signed by one of our own processes, and establishes the shop of what is
    /// (<see cref="Tenancy.Tenant"/>). <c>/health</c> and <c>/alive</c> are open.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="InternalSignature.Setting"/> is missing.</exception>
    public static WebApplication RequireInternalSignature(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var signature = InternalSignature.From(app.Configuration);
        var real = app.Services.GetService<RealTime>() ?? RealTime.System;
        app.Use(async (context, next) =>
        {
            if (HealthEndpoints.IsHealth(context.Request.Path))
            {
                await next(context);
                return;
            }

            var tenant = context.Request.Headers[Tenancy.Header].ToString();
            var header = context.Request.Headers[InternalSignature.Header].ToString();
            if (tenant.Length == 0 || !signature.Verify(header, context.Request.Method, Target(context), tenant, real.Now))
            {
                await TypedResults.Problem(statusCode: StatusCodes.Status401Unauthorized, title: "The call isn't signed by one of our own services.")
                    .ExecuteAsync(context);
                return;
            }

            context.SetTenant(tenant);
            await next(context);
        });
        return app;
    }

    /// <summary>Path and query as they came over the wire.</summary>
    private static string Target(HttpContext context) => context.Features.Get<IHttpRequestFeature>()?.RawTarget is ['/', ..] raw
        ? raw
        : $"{context.Request.PathBase}{context.Request.Path}{context.Request.QueryString}";
}
