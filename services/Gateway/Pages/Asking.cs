using System.Net;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Pages;

/// <summary>What a page needs to know is asked of its owner.</summary>
internal static class Asking
{
    /// <summary>Null where the owner knows of none.</summary>
    public static async Task<T?> AskAsync<T>(this IHttpClientFactory clients, string owner, string path, string tenant, CancellationToken ct) where T : class
    {
        using var client = clients.CreateClient(owner);
        using var request = new HttpRequestMessage(HttpMethod.Get, path).ForTenant(tenant);
        using var answer = await client.SendAsync(request, ct);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<T>(HttpJson.Options, ct);
    }

    /// <summary>Away, or too slow.</summary>
    public static bool IsAway(Exception e, CancellationToken ct) => e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested);
}
