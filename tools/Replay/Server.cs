using System.Net;
using System.Net.Http.Headers;

namespace Engagement.Replay;

/// <summary>What the server said in the end.</summary>
internal sealed record Answer(HttpStatusCode Status, byte[] Body, TimeSpan Took)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;
}

/// <summary>Engagement over HTTP. Waits with growing pauses for one that is busy, restarting or gone for a while.</summary>
/// <remarks>Safe for several callers at once.</remarks>
internal sealed class Server : IDisposable
{
    /// <summary>How long one that has answered before is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long one that never answered is waited for: it is rather not there at all.</summary>
    public static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(3);

    private readonly HttpClient http;
    private readonly TimeProvider clock;
    private readonly Action<string> onAway;
    private volatile bool hasAnswered;
    private bool isAway;

    /// <param name="onAway">Told once each time the server stays away for more than a moment.</param>
    public Server(Target target, TimeProvider clock, Action<string> onAway)
    {
        this.clock = clock;
        this.onAway = onAway;
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
        {
            BaseAddress = target.Url,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", target.Key);
    }

    public Uri Url => http.BaseAddress!;

    /// <summary>Posts until there is an answer that a repetition would not change.</summary>
    /// <exception cref="RunFailedException">There was none within the patience.</exception>
    public async Task<Answer> PostAsync(string path, ReadOnlyMemory<byte> body, MediaTypeHeaderValue type, TimeSpan timeout, CancellationToken ct)
    {
        long? failingSince = null;
        for (var wait = ShortestWait; ; wait = Shorter(wait * 2, LongestWait))
        {
            var attempt = await TryPostAsync(path, body, type, timeout, ct);
            if (attempt.Answer is { } answer)
            {
                Volatile.Write(ref isAway, false);
                return answer;
            }

            failingSince ??= clock.GetTimestamp();
            var wasHere = hasAnswered;
            var failingFor = clock.GetElapsedTime(failingSince.Value);
            if (failingFor >= (wasHere ? Patience : FirstPatience))
            {
                throw new RunFailedException(wasHere
                    ? $"{Url} did not recover within {Patience.TotalMinutes:0} minutes ({attempt.Failure})."
                    : $"Can't reach {Url} ({attempt.Failure}): is Engagement running there?");
            }

            if (wasHere && failingFor >= QuietFor && !Interlocked.Exchange(ref isAway, true))
            {
                onAway($"{Url} is busy or away ({attempt.Failure}): waiting for it.");
            }

            await Task.Delay(attempt.RetryAfter ?? wait, clock, ct);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<Attempt> TryPostAsync(string path, ReadOnlyMemory<byte> body, MediaTypeHeaderValue type, TimeSpan timeout, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = type } } };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        var start = clock.GetTimestamp();
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            hasAnswered = true;
            if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError)
            {
                return new Attempt(null, $"it answers {(int)response.StatusCode}", RetryAfter(response));
            }

            return new Attempt(new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit.Token), clock.GetElapsedTime(start)));
        }
        catch (HttpRequestException e)
        {
            return new Attempt(null, e.GetBaseException().Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new Attempt(null, $"no answer within {timeout.TotalSeconds:0} s");
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? asked?.Date - clock.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }

    private static TimeSpan Shorter(TimeSpan x, TimeSpan y) => x < y ? x : y;

    private sealed record Attempt(Answer? Answer, string? Failure = null, TimeSpan? RetryAfter = null);
}
