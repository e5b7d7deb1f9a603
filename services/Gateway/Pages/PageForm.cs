using Microsoft.AspNetCore.Http.Features;

namespace Engagement.Gateway.Pages;

/// <summary>What a customer sent with a page's form.</summary>
internal static class PageForm
{
    /// <summary>Null for what is no form, is cut off, or has more in it than a form may have.</summary>
    /// <exception cref="BadHttpRequestException">It is longer than <paramref name="mostBytes"/>: a 413.</exception>
    public static async Task<IFormCollection?> TryReadFormAsync(this HttpContext context, long mostBytes, CancellationToken ct)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = mostBytes;
        if (!context.Request.HasFormContentType) return null;
        try
        {
            return await context.Request.ReadFormAsync(ct);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return null;
        }
    }
}
