using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Shops;

/// <summary>A key of a shop, kept as its hash: who reads the table can't use it.</summary>
/// <param name="Id">SHA-256 of the key, in hex: the key has 192 random bits, so its hash needs no salt.</param>
public sealed record ApiKey(string Id, string Shop, string Name, DateTimeOffset CreatedAt);

/// <summary>A shop that may publish.</summary>
/// <param name="Id">The shop's tenant.</param>
public sealed record RegisteredShop(string Id, DateTimeOffset CreatedAt);

public static class ApiKeys
{
    /// <summary>The tenant of what the Gateway keeps of all shops.</summary>
    public const string Registry = "*gateway*";

    /// <summary>A new key, shown once.</summary>
    public static string New() => $"eng_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24))}";

    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Lets in who has a shop's key, and establishes the shop; 401 for everybody else, the same for every reason.</summary>
    public static RouteGroupBuilder RequireApiKey(this RouteGroupBuilder routes)
    {
        routes.AddEndpointFilter(async (invocation, next) =>
        {
            var context = invocation.HttpContext;
            if (await ShopOf(context) is not { } shop)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
                return TypedResults.Problem(statusCode: StatusCodes.Status401Unauthorized, title: "The API key is missing or unknown.", detail: "Send it as 'Authorization: Bearer <key>'.");
            }

            context.SetTenant(shop);
            return await next(invocation);
        });
        return routes;
    }

    private static async Task<string?> ShopOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var key = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : "";
        await using var session = context.RequestServices.GetRequiredService<IDocumentStore>().QuerySession(Registry);
        return (await session.LoadAsync<ApiKey>(Hash(key), context.RequestAborted))?.Shop;
    }
}
