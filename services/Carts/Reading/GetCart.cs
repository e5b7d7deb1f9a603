using Engagement.Carts.Shoppers;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Carts.Reading;

/// <summary>A cart as it is now.</summary>
/// <param name="Url">Where the shop shows it.</param>
/// <param name="Step">Of the checkout, where the customer is.</param>
/// <param name="MergedInto">The cart that it went on in.</param>
/// <param name="IsReaders">Whether it is of the customer whom it is asked for; null where it is asked for nobody.</param>
public sealed record CartNow(
    CartId Cart, CartState State, CustomerId? Customer, string? Language, Uri? Url, IReadOnlyList<OrderLine> Lines, Money? Total, string? Step,
    IReadOnlyList<string> Given, DateTimeOffset? LastActivity, IReadOnlyList<AbandonedCart> Abandonments,
    CartId? MergedInto = null, bool? IsReaders = null)
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
    private const int MostMerges = 5;

    /// <param name="reader">The customer whom a page shows it to: then it is the one that it went on in, as long as that is theirs too.</param>
    public static async Task<Results<Ok<CartNow>, NoSuch>> Handle(string id, string? reader, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        if (await session.Events.FetchLatest<Cart>(Cart.StreamKey(KeyOf(id)), ct) is not { } cart) return new NoSuch("cart");
        if (reader is null) return TypedResults.Ok(CartNow.Of(cart));

        // A guest may have logged in since: the account is the same person.
        var account = (await session.LoadAsync<Shopper>(reader, ct))?.KnownAs;
        bool IsReaders(Cart shown) => shown.CustomerId is { } customer && (customer.Value == reader || customer == account);
        for (var i = 0; i < MostMerges && cart is { State: CartState.Merged, MergedInto: { } into }; i++)
        {
            if (await session.Events.FetchLatest<Cart>(Cart.StreamKey(into), ct) is not { } next || !IsReaders(next)) break;
            cart = next;
        }

        return TypedResults.Ok(CartNow.Of(cart) with { IsReaders = IsReaders(cart) });
    }

    /// <summary><c>%2F</c> is the one escape that ASP.NET Core leaves in a path.</summary>
    internal static CartId KeyOf(string route) => new(route.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
}
