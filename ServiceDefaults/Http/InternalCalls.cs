using Microsoft.AspNetCore.Http;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Signs outgoing calls to our own services and names the shop: that of the header already set
/// (<see cref="Tenancy.ForTenant"/>), else that of the request at hand.
/// </summary>
/// <remarks>Add it to clients of our own services only: <c>AddHttpClient("orders", …).AddInternalCalls()</c>.</remarks>
public sealed class InternalCalls(InternalSignature signature, RealTime real, IHttpContextAccessor current) : DelegatingHandler
{
    /// <exception cref="InvalidOperationException">No shop is known.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var tenant = request.Headers.TryGetValues(Tenancy.Header, out var values) ? values.First() : current.HttpContext?.FindTenant();
        if (tenant is null) throw new InvalidOperationException("An internal call needs its shop: call ForTenant on the request.");

        request.ForTenant(tenant);
        request.Headers.Remove(InternalSignature.Header);
        request.Headers.Add(InternalSignature.Header, signature.Sign(request.Method.Method, request.RequestUri!.PathAndQuery, tenant, real.Now));
        return base.SendAsync(request, cancellationToken);
    }
}
