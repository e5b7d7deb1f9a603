using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Pages;

/// <summary>
/// How often customers' pages may be asked for. By client: mail programs that click for many customers come from few addresses, so it is generous. What is
/// sent to a page also by its link: nobody changes their mind twice a second. In real time, per instance.
/// </summary>
internal static class PageLimits
{
    private static readonly TokenBucketRateLimiterOptions Sent = RateLimits.Bucket(new ShopRate { PerSecond = 1, Burst = 20 });

    public static PartitionedRateLimiter<HttpContext>[] Of(ShopRate clients) =>
    [
        PartitionedRateLimiter.Create<HttpContext, string>(context => Token(context) is null
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetTokenBucketLimiter(ClientOf(context.Connection.RemoteIpAddress), _ => RateLimits.Bucket(clients))),
        PartitionedRateLimiter.Create<HttpContext, string>(context => HttpMethods.IsPost(context.Request.Method) && Token(context) is { } token
            ? RateLimitPartition.GetTokenBucketLimiter(token, _ => Sent)
            : RateLimitPartition.GetNoLimiter("")),
    ];

    public static bool IsPage(HttpContext context) => Token(context) is not null;

    /// <summary>An address of IPv4; of IPv6 its first half, since a client has the other to choose from.</summary>
    internal static string ClientOf(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true }) address = address.MapToIPv4();
        return address is { AddressFamily: AddressFamily.InterNetworkV6 } ? Convert.ToHexString(address.GetAddressBytes()[..8]) : address?.ToString() ?? "";
    }

    public static async Task TooManyAsync(HttpContext context)
    {
        context.TakeTokenOutOfTraces();
        PageLayout.Secure(context.Response);
        await PageLayout.WriteAsync(context, CustomerPages.TooMany(context));
    }

    /// <summary>Null for what is no page.</summary>
    private static string? Token(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/p", StringComparison.Ordinal) ? context.GetRouteValue("token") as string : null;
}
