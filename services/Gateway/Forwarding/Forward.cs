using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Forwarding;

/// <summary>Passes a shop's query, or what it posts, on to the service that owns the answer, signed and with the shop's tenant.</summary>
internal static class Forward
{
    public static IServiceCollection AddForwarding(this IServiceCollection services, params ReadOnlySpan<string> owners)
    {
        foreach (var owner in owners) services.AddHttpClient(owner, client => client.BaseAddress = new Uri($"http://{owner}")).AddInternalCalls();
        return services;
    }

    /// <summary>Answers with what the owner answers: status, place and body.</summary>
    public static Delegate To(string owner) => async (HttpContext context, IHttpClientFactory clients, CancellationToken ct) =>
    {
        using var client = clients.CreateClient(owner);
        using var request = Request(context);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        context.Response.StatusCode = (int)answer.StatusCode;
        if (answer.Headers.Location is { } location) context.Response.Headers.Location = location.ToString();
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body, ct);
    };

    private static HttpRequestMessage Request(HttpContext context)
    {
        var target = $"{context.Request.Path}{context.Request.QueryString}";
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target).ForTenant(context.Tenant());
        if (!HttpMethods.IsPost(context.Request.Method)) return request;
        request.Content = new StreamContent(context.Request.Body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        return request;
    }
}
