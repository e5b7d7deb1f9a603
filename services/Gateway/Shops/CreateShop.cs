using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Shops;

/// <summary>Registers a shop.</summary>
/// <param name="Id">What everything of the shop is kept under: lower-case letters, digits and hyphens.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateShop(string? Id);

public static partial class CreateShopEndpoint
{
    public static async Task<Created<RegisteredShop>> Handle(CreateShop body, IDocumentStore store, TimeProvider clock, CancellationToken ct)
    {
        if (body.Id is not { } id || !IsShopId(id)) throw new Invalid(new FieldError("/id", "invalid", IdRule));
        var shop = new RegisteredShop(id, clock.GetUtcNow());
        await using var session = store.LightweightSession(ApiKeys.Registry);
        session.Insert(shop);
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (DocumentAlreadyExistsException)
        {
            throw new Rejected("shop-exists", "A shop of this id is registered already.");
        }

        return TypedResults.Created($"/v1/shops/{id}", shop);
    }

    internal const string IdRule = "1 to 63 lower-case letters, digits and hyphens; a hyphen neither first nor last.";

    internal static bool IsShopId(string id) => ShopId().IsMatch(id);

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex ShopId();
}
