using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Forwarding;

/// <summary>Passes a shop's query, its new settings or what its staff does on to the service that owns the answer, signed and with the shop's tenant.</summary>
internal static class Forward
{
    /// <summary>How Messaging says that a shop's messages are stopped.</summary>
    private const string Sending = "Engagement-Sending";

    public static IServiceCollection AddForwarding(this IServiceCollection services, params ReadOnlySpan<string> owners)
    {
        foreach (var owner in owners) services.AddHttpClient(owner, client => client.BaseAddress = new Uri($"http://{owner}")).AddInternalCalls();
        return services;
    }

    /// <summary>Answers with what the owner answers: status, body, place, version and who may keep it.</summary>
    /// <param name="write">Writes the body of a success otherwise than as it is.</param>
    public static Delegate To(string owner, Func<HttpContext, HttpContent, CancellationToken, Task>? write = null) => async (HttpContext context, IHttpClientFactory clients, CancellationToken ct) =>
    {
        if (LeadsElsewhere(context.Request.Path))
        {
            await new NoSuch("address").ExecuteAsync(context);
            return;
        }

        // PostgreSQL stores no NUL: nothing that we have is called so.
        if (context.Request.QueryString.Value!.Contains("%00", StringComparison.Ordinal) || context.Request.Path.Value!.Contains('\0', StringComparison.Ordinal))
            throw new Unanswerable(StatusCodes.Status400BadRequest, "The address holds a NUL character.");

        using var client = clients.CreateClient(owner);
        using var request = Request(context);
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (answer.Headers.Location is { } location) context.Response.Headers.Location = location.ToString();
            if (answer.Headers.TryGetValues(Sending, out var sending)) context.Response.Headers[Sending] = sending.ToArray();
            if (answer.Headers.ETag is { } version) context.Response.Headers.ETag = version.ToString();
            if (answer.Headers.CacheControl is { } caching) context.Response.Headers.CacheControl = caching.ToString();
            if (write is not null && answer.IsSuccessStatusCode) await write(context, answer.Content, ct);
            else await answer.Content.CopyToAsync(context.Response.Body, ct);
        }
        catch (HttpRequestException e) when (e.InnerException is BadHttpRequestException bad)
        {
            throw new BadHttpRequestException(bad.Message, bad.StatusCode);   // the shop's fault, not the owner's
        }
        catch (Exception e) when (!context.Response.HasStarted && (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested)))
        {
            await TypedResults.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, title: "This can't be answered now.", detail: "Try again.")
                .ExecuteAsync(context);
        }
    };

    /// <summary>
    /// A part such as <c>%2E%2E</c>, which is what is left of <c>%252E%252E</c>: to us a value of a route, in an address one step up, and so to routes of the
    /// owner that are no shop's.
    /// </summary>
    private static bool LeadsElsewhere(PathString path) => path.Value!.Split('/', '\\').Any(part => Uri.UnescapeDataString(part) is "." or "..");

    private static HttpRequestMessage Request(HttpContext context)
    {
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"{context.Request.Path}{context.Request.QueryString}")
            .ForTenant(context.Tenant());
        if (HttpMethods.IsGet(context.Request.Method)) return request;
        request.Content = new StreamContent(context.Request.Body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        foreach (var version in context.Request.Headers.IfMatch) request.Headers.TryAddWithoutValidation("If-Match", version);
        return request;
    }
}
