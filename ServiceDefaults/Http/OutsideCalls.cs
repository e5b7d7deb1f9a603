using System.Diagnostics;

namespace Engagement.ServiceDefaults;

/// <summary>Calls to addresses that a shop names.</summary>
public static class OutsideCalls
{
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(24);

    /// <summary>
    /// To allowed addresses only, without redirects, cookies, proxy or our traces; to be kept, and disposed at the end. Not the factory's: its clients look names
    /// up among our own services. It has no time limit but that of connecting, 10 s.
    /// </summary>
    /// <param name="agent">How it calls itself: <c>Engagement-Webhooks/1</c>.</param>
    public static HttpClient Client(this PublicAddresses addresses, string agent)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = addresses.ConnectAsync,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),   // our traces are no business of theirs
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,   // the attempt's own limit
            DefaultRequestHeaders = { { "User-Agent", agent } },
        };
    }

    /// <summary>The receiver's own wish by <c>Retry-After</c>, within reason: 1 s to 24 h; null where it has none.</summary>
    /// <param name="now">Real time.</param>
    public static TimeSpan? WishedWait(this HttpResponseMessage answer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var wish = answer.Headers.RetryAfter;
        var wait = wish?.Delta ?? (wish?.Date is { } date ? date - now : null);
        return wait is null ? null : TimeSpan.FromTicks(Math.Clamp(wait.Value.Ticks, TimeSpan.TicksPerSecond, LongestRetryAfter.Ticks));
    }
}
