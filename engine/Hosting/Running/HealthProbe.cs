namespace Engagement.Hosting;

/// <summary>Asks a service whether it is well.</summary>
internal static class HealthProbe
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(5) };

    public static async Task<bool> IsHealthyAsync(Uri url, int expectedStatus, CancellationToken ct)
    {
        try
        {
            using var response = await Client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, ct);
            return (int)response.StatusCode == expectedStatus;
        }
        catch (HttpRequestException)
        {
            return false; // it doesn't listen yet, or no longer
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            return false; // no answer in time
        }
    }
}
