using System.Globalization;

namespace Engagement.Carts.Reading;

/// <summary>
/// A cart as the funnel counts it. Its id is all of it, so that the index on ids answers alone. A cart that goes on after an order is counted anew.
/// </summary>
/// <param name="Id"><c>2026-01-12T12:00:00 Left:contact,shipping abc</c>: when it was begun, in UTC, what became of it, and the steps that it came to.</param>
public sealed record CountedCart(string Id)
{
    /// <summary>Null where there is nothing to count: nothing was put in yet, or it goes on in another.</summary>
    internal static CountedCart? Of(Cart cart) => Of(cart, cart.State switch
    {
        CartState.Bought => CountedAs.Bought,
        // That its customer went on elsewhere since makes it no less left.
        CartState.Abandoned or CartState.Replaced when cart.Abandonment?.LastActivity >= cart.LastActivity => CountedAs.Left,
        _ => CountedAs.Open,
    });

    private static CountedCart? Of(Cart cart, CountedAs what)
    {
        if (cart.Begun is not { } begun || cart.State == CartState.Merged) return null;
        var steps = cart.Steps.Where(step => what != CountedAs.Bought && step.At >= begun).Select(step => step.Value).Order(StringComparer.Ordinal);
        return new(string.Create(CultureInfo.InvariantCulture, $"{begun.UtcDateTime:s} {what}:{string.Join(',', steps)} {cart.Key.Value}"));
    }

    /// <summary>What is to be kept and what is to go when a cart changes; nothing of both where it counts as before.</summary>
    internal static (CountedCart? Gone, CountedCart[] Kept) Change(Cart before, Cart after)
    {
        var (was, now) = (Of(before), Of(after));
        if (was == now) return (null, []);
        // Where it begins anew, what was before was ordered, though that may be heard of only now; or another was, and this one stays left.
        var ordered = was is null || !(after.Begun > before.Begun) ? null : before.State == CartState.Replaced ? was : Of(before, CountedAs.Bought);
        return (was == ordered ? null : was, [.. new[] { ordered == was ? null : ordered, now }.OfType<CountedCart>()]);
    }
}

internal enum CountedAs
{
    Open,
    Left,
    Bought,
}
