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

    /// <summary>How to write for a customer; null, where nobody knows who it is, for whoever comes.</summary>
    public static async Task<Reader> ReaderOfAsync(this IHttpClientFactory clients, string tenant, string? customer, CancellationToken ct) =>
        (await clients.AskAsync<Reader>("messaging", customer is null ? "/v1/readers" : $"/v1/readers?customer={Uri.EscapeDataString(customer)}", tenant, ct))!;

    /// <summary>Null where Messaging is away: for pages that can do without.</summary>
    public static async Task<Reader?> TryReaderOfAsync(this IHttpClientFactory clients, string tenant, string customer, CancellationToken ct)
    {
        try
        {
            return await clients.ReaderOfAsync(tenant, customer, ct);
        }
        catch (Exception e) when (IsAway(e, ct))
        {
            return null;
        }
    }

    /// <summary>Away, or too slow.</summary>
    public static bool IsAway(Exception e, CancellationToken ct) => e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested);
}

/// <summary>How to write for a customer, as Messaging knows it.</summary>
internal sealed record Reader(string? Language, string? Zone, string ShopName, string ShopLanguage, string ShopZone);
