using System.Text.Json.Nodes;

namespace Engagement.EndToEnd.Tests.Running;

/// <param name="Id">Null for a guest, who is known by the e-mail.</param>
internal sealed record Buyer(string? Id, string? Name, string? Email, string? Language)
{
    public static readonly Buyer Giulia = new("c-giulia", "Giulia Zebedei", "giulia.zebedei@posta.example", "it");
    public static readonly Buyer Harriet = new(null, "Harriet Quillfeather", "harriet.quillfeather@post.example", "en-GB");
}

/// <summary>What a shop tells of an order, as CloudEvents.</summary>
internal static class Told
{
    public static JsonObject Placed(string order, DateTimeOffset at, Buyer buyer) => Event("placed", order, at, new JsonObject
    {
        ["total"] = 59.90m,
        ["currency"] = "EUR",
        ["lines"] = new JsonArray(
            new JsonObject { ["title"] = "Moka", ["quantity"] = 1, ["price"] = 29.95m },
            new JsonObject { ["title"] = "Tazzina", ["quantity"] = 2, ["price"] = 14.975m }),
        ["customer"] = Customer(buyer),
    });

    public static JsonObject Paid(string order, DateTimeOffset at, Buyer? buyer = null)
    {
        var data = new JsonObject { ["amount"] = 59.90m, ["currency"] = "EUR" };
        if (buyer is not null)
            data["customer"] = Customer(buyer);
        return Event("paid", order, at, data);
    }

    /// <summary>All that is in a cart.</summary>
    public static JsonObject Filled(string cart, DateTimeOffset at, Buyer buyer) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = $"{cart}-{at:O}",
        ["source"] = "/tests",
        ["type"] = "cart.updated",
        ["time"] = at.ToString("O"),
        ["data"] = new JsonObject
        {
            ["cart"] = cart,
            ["url"] = $"https://shop.example/cart/{cart}",
            ["currency"] = "EUR",
            ["lines"] = new JsonArray(new JsonObject { ["title"] = "Moka", ["quantity"] = 2, ["price"] = 29.95m }),
            ["customer"] = Customer(buyer),
        },
    };

    /// <summary>A customer permits mails for a purpose.</summary>
    public static JsonObject Consent(string customer, string purpose, DateTimeOffset at) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = $"{customer}-{purpose}",
        ["source"] = "/tests",
        ["type"] = "consent.given",
        ["time"] = at.ToString("O"),
        ["data"] = new JsonObject
        {
            ["customer"] = new JsonObject { ["id"] = customer },
            ["purposes"] = new JsonArray(purpose),
            ["channel"] = "email",
            ["evidence"] = "checkout-v3",
        },
    };

    public static JsonObject Backfilled(this JsonObject told)
    {
        told["backfill"] = true;
        return told;
    }

    private static JsonObject Event(string what, string order, DateTimeOffset at, JsonObject data)
    {
        data["order"] = order;
        return new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"{order}-{what}",
            ["source"] = "/tests",
            ["type"] = $"order.{what}",
            ["time"] = at.ToString("O"),
            ["data"] = data,
        };
    }

    private static JsonObject Customer(Buyer buyer) => new()
    {
        ["id"] = buyer.Id,
        ["name"] = buyer.Name,
        ["email"] = buyer.Email,
        ["language"] = buyer.Language,
    };
}
