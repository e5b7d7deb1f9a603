using System.Security.Cryptography;
using System.Text;

namespace Engagement.Gateway.Pages;

/// <summary>A page as a person sees it, in their language.</summary>
/// <param name="Shop">The shop's name, where the link says which shop it is.</param>
internal sealed record Page(string Language, string Title, Html Body, string? Shop = null, int Status = StatusCodes.Status200OK);

/// <summary>The one frame of all customers' pages: nothing of others, no script, no cookie, no copy kept anywhere.</summary>
internal static class PageLayout
{
    private static readonly byte[] Style = Resource("pages.css");
    private static readonly string StyleUrl = $"/p/style.css?{Convert.ToHexStringLower(SHA256.HashData(Style))[..12]}";

    public static void Secure(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers["X-Robots-Tag"] = "noindex, nofollow";
    }

    public static async Task WriteAsync(HttpContext context, Page page)
    {
        context.Response.StatusCode = page.Status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentLanguage = page.Language;
        await context.Response.WriteAsync(Render(page), context.RequestAborted);
    }

    public static IResult StyleSheet(HttpContext context)
    {
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";   // its address changes with it
        return TypedResults.Bytes(Style, "text/css; charset=utf-8");
    }

    internal static string Render(Page page) => "<!DOCTYPE html>\n" + Html.Of(
        $"""
        <html lang="{page.Language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{(page.Shop is null ? page.Title : $"{page.Title} · {page.Shop}")}</title>
        <link rel="stylesheet" href="{StyleUrl}">
        </head>
        <body>
        <a class="skip" href="#content">{new Text("Vai al contenuto", "Skip to the content").In(page.Language)}</a>
        {(page.Shop is null ? Html.Empty : Html.Of($"<header><p class=\"shop\">{page.Shop}</p></header>"))}
        <main id="content" tabindex="-1">
        <h1>{page.Title}</h1>
        {page.Body}
        </main>
        </body>
        </html>

        """);

    private static byte[] Resource(string name)
    {
        using var stream = typeof(PageLayout).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} isn't embedded.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>A sentence in the languages of the pages.</summary>
internal readonly record struct Text(string Italian, string English)
{
    public string In(string language) => language == "en" ? English : Italian;
}
