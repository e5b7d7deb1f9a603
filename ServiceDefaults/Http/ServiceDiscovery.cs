using Microsoft.Extensions.Configuration;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Lets a client say <c>http://orders</c>: a host without a dot or port is a service's name, found in the configuration as
/// <c>services__orders__http__0</c>, <c>__1</c>… in turns. <c>https+http://orders</c> takes https where there is one.
/// </summary>
public sealed class ServiceDiscovery(IConfiguration configuration) : DelegatingHandler
{
    private static int _turn;

    /// <exception cref="HttpRequestException">The service isn't configured; the message names the setting.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.RequestUri is { IsAbsoluteUri: true } uri && IsName(uri)) request.RequestUri = Resolve(uri);
        return base.SendAsync(request, cancellationToken);
    }

    internal Uri Resolve(Uri uri)
    {
        var schemes = uri.Scheme.Split('+');
        var addresses = schemes
            .Select(scheme => configuration.GetSection($"services:{uri.Host}:{scheme}").GetChildren().Select(child => child.Value).OfType<string>().ToArray())
            .FirstOrDefault(found => found.Length > 0);
        if (addresses is null)
        {
            throw new HttpRequestException($"The service '{uri.Host}' isn't configured: set services__{uri.Host}__{schemes[^1]}__0 to its address.");
        }

        var address = new Uri(addresses[(uint)Interlocked.Increment(ref _turn) % addresses.Length]);
        return new Uri($"{address.GetLeftPart(UriPartial.Path).TrimEnd('/')}{uri.PathAndQuery}{uri.Fragment}");
    }

    private static bool IsName(Uri uri) =>
        (uri.IsDefaultPort || uri.Port < 0) && uri.HostNameType == UriHostNameType.Dns && !uri.Host.Contains('.', StringComparison.Ordinal)
        && !uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
