using System.Globalization;
using System.Threading.RateLimiting;
using Engagement.Gateway.Pages;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Shops;

/// <summary>How many requests a shop may send to one Gateway: a bucket of <see cref="Burst"/>, filled by <see cref="PerSecond"/>.</summary>
public sealed class ShopRate
{
    public int PerSecond { get; set; } = 1000;

    public int Burst { get; set; } = 2000;
}

/// <summary>The section <c>Engagement</c>.</summary>
public sealed class EngagementOptions
{
    /// <summary>Every shop's limit.</summary>
    public ShopRate RateLimit { get; set; } = new();

    /// <summary>That of each client address that asks for customers' pages.</summary>
    public ShopRate PageLimit { get; set; } = new() { PerSecond = 30, Burst = 300 };

    /// <summary>By id.</summary>
    public Dictionary<string, DeclaredShop> Shops { get; } = [];

    public ShopRate RateOf(string shop) => Shops.GetValueOrDefault(shop)?.RateLimit ?? RateLimit;
}

/// <summary>A shop that sends too much waits; the others don't notice. In real time, per instance; a request costs one, however many events it has.</summary>
internal static class RateLimits
{
    public static IServiceCollection AddRateLimits(this IServiceCollection services, EngagementOptions options) => services.AddRateLimiter(limiter =>
    {
        var shops = PartitionedRateLimiter.Create<HttpContext, string>(context => context.FindTenant() is { } shop
            ? RateLimitPartition.GetTokenBucketLimiter(shop, _ => Bucket(options.RateOf(shop)))
            : RateLimitPartition.GetNoLimiter(""));
        limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained([shops, .. PageLimits.Of(options.PageLimit)]);
        limiter.OnRejected = async (rejected, ct) =>
        {
            var refusal = TooMany(rejected.HttpContext, rejected.Lease);
            await (PageLimits.IsPage(rejected.HttpContext) ? PageLimits.TooManyAsync(rejected.HttpContext) : refusal.ExecuteAsync(rejected.HttpContext));
        };
    });

    public static IResult TooMany(HttpContext context, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        GatewayMetrics.Refused(context.FindTenant(), "limited");
        return TypedResults.Problem(
            statusCode: StatusCodes.Status429TooManyRequests, title: "The shop sends more requests than it may.",
            detail: "Wait for as long as Retry-After says, and put more events into one request.");
    }

    internal static TokenBucketRateLimiterOptions Bucket(ShopRate rate)
    {
        // Ten times a second where that divides it, so that a shop at its limit isn't served in jerks.
        var tenths = rate.PerSecond >= 10 && rate.PerSecond % 10 == 0;
        return new()
        {
            TokenLimit = Math.Max(1, rate.Burst),
            TokensPerPeriod = Math.Max(1, tenths ? rate.PerSecond / 10 : rate.PerSecond),
            ReplenishmentPeriod = TimeSpan.FromSeconds(tenths ? 0.1 : 1),
            AutoReplenishment = true,
            QueueLimit = 0,
        };
    }
}
