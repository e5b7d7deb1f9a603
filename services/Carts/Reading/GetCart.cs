using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Carts.Reading;

/// <summary>A cart as it is now.</summary>
/// <param name="Url">Where the shop shows it.</param>
/// <param name="Step">Of the checkout, where the customer is.</param>
/// <param name="MergedInto">The cart that it went on in.</param>
public sealed record CartNow(
    CartId Cart, CartState State, CustomerId? Customer, string? Language, Uri? Url, IReadOnlyList<OrderLine> Lines, Money? Total, string? Step,
    IReadOnlyList<string> Given, DateTimeOffset? LastActivity, IReadOnlyList<AbandonedCart> Abandonments,
    CartId? MergedInto = null)
{
    public static CartNow Of(Cart cart)
    {
        ArgumentNullException.ThrowIfNull(cart);
        return new(
            cart.Key, cart.State, cart.CustomerId, cart.Language?.Value, cart.Url?.Value, cart.Contents.Current(), cart.Contents.Value(), cart.Step,
            cart.Given, cart.LastActivity, [.. cart.Abandonments.Select(left => AbandonedCart.Of(cart.Key, left))],
            cart.State == CartState.Merged ? cart.MergedInto : null);
    }
}

public static class GetCart
{
    public static async Task<Results<Ok<CartNow>, NoSuch>> Handle(string id, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return await session.Events.FetchLatest<Cart>(Cart.StreamKey(KeyOf(id)), ct) is { } cart ? TypedResults.Ok(CartNow.Of(cart)) : new NoSuch("cart");
    }

    /// <summary><c>%2F</c> is the one escape that ASP.NET Core leaves in a path.</summary>
    internal static CartId KeyOf(string route) => new(route.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
}
