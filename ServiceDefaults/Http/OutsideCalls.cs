using System.Diagnostics;
using System.Net;

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

    /// <summary>
    /// Sends a delivery's request, once. Any 2xx is a success; 408, 429 and what <paramref name="isRefusal"/> leaves are to be tried again, when the receiver
    /// wishes; so is what comes to no answer, but for an address that isn't allowed.
    /// </summary>
    /// <param name="isRefusal">Whether a status that is no success says that a repeat would not change anything.</param>
    /// <param name="ct">The attempt's limit: what it cuts off throws.</param>
    public static async Task<DeliveryOutcome> DeliverAsync(
        this HttpClient http, HttpRequestMessage request, Func<int, bool> isRefusal, RealTime real, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(isRefusal);
        ArgumentNullException.ThrowIfNull(real);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);   // what it says beyond its status is not read
            if (answer.IsSuccessStatusCode) return DeliveryOutcome.Delivered;
            var error = $"http {(int)answer.StatusCode}";
            return isRefusal((int)answer.StatusCode) && answer.StatusCode is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests)
                ? DeliveryOutcome.Refused(error)
                : DeliveryOutcome.Failed(error, answer.WishedWait(real.Now));
        }
        catch (HttpRequestException e) when (e.InnerException is AddressNotAllowedException)
        {
            return DeliveryOutcome.Refused("address-not-allowed");
        }
        catch (HttpRequestException e)
        {
            return DeliveryOutcome.Failed(e.HttpRequestError.ToString());
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return DeliveryOutcome.Failed("timeout");   // no connection within its own, shorter time
        }
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
