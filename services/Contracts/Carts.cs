using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>A fact that a shop reports of a cart: owned by Carts, always recorded.</summary>
public interface ICartFact : IGrouped
{
    CartId Cart { get; }

    CartVisit? Visit { get; }

    Reported Reported { get; }

    string IGrouped.GroupId => $"cart/{Cart.Value}";
}

/// <summary>Who is at the cart and where it is, as far as the shop says it beside a fact. Ids only.</summary>
/// <param name="Language">BCP 47 tag, such as <c>it</c>.</param>
/// <param name="Url">Where the shop shows this cart, on any device.</param>
/// <param name="Given">What the customer has given so far, by name: <c>email</c>, <c>address</c>. Never what it says.</param>
public sealed record CartVisit(CustomerId? Customer = null, string? Language = null, Uri? Url = null, IReadOnlyList<string>? Given = null);

/// <summary>All that is in the cart; no lines where it was emptied.</summary>
/// <param name="Total">Where it is more, or less, than its lines.</param>
public sealed record ChangeCart(CartId Cart, IReadOnlyList<OrderLine> Lines, Money? Total, CartVisit? Visit, Reported Reported) : ICartFact;

/// <summary>Something was put into the cart.</summary>
public sealed record AddToCart(CartId Cart, OrderLine Line, CartVisit? Visit, Reported Reported) : ICartFact;

/// <summary>Something was taken out of the cart.</summary>
/// <param name="Item">Its sku, or its title where it has none.</param>
/// <param name="Quantity">Null for all of it.</param>
public sealed record TakeFromCart(CartId Cart, string Item, int? Quantity, CartVisit? Visit, Reported Reported) : ICartFact;

/// <summary>The customer reached a step of the checkout.</summary>
/// <param name="Step">As the shop's settings call it; null for the first.</param>
public sealed record ReachCheckoutStep(CartId Cart, string? Step, CartVisit? Visit, Reported Reported) : ICartFact;

/// <summary>The checkout was completed: what was in the cart is bought.</summary>
public sealed record CompleteCheckout(CartId Cart, OrderId? Order, CartVisit? Visit, Reported Reported) : ICartFact;

/// <summary>Two carts became one, as when a customer logs in on a second device.</summary>
/// <param name="Cart">The one that goes on.</param>
/// <param name="From">The one that is no more.</param>
/// <param name="Lines">All that is in the one that goes on; null where that is told apart.</param>
public sealed record MergeCarts(
    CartId Cart, CartId From, IReadOnlyList<OrderLine>? Lines, Money? Total, CartVisit? Visit, Reported Reported) : ICartFact;

/// <summary>Whoever is told by e-mail address alone is the customer whom the shop tells, with that address, by an id of its own.</summary>
/// <param name="CustomerId">The guest's, made of the address.</param>
/// <param name="Account">Never a guest's.</param>
public sealed record GuestKnown(CustomerId CustomerId, CustomerId Account) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>A customer said, on the page that the last mail leads to, why a cart was left.</summary>
/// <param name="Number">Which of the cart's abandonments, from 1.</param>
/// <param name="Words">A sealed <see cref="PersonalWords"/>; null where the customer wrote none.</param>
public sealed record AnswerCartQuestion(
    CartId Cart, int Number, CustomerId CustomerId, CartReason Reason, Sealed? Words, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"cart/{Cart.Value}";
}

/// <summary>Why a cart was left, as its customer says.</summary>
public enum CartReason
{
    Price,
    ShippingCost,
    JustLooking,

    /// <summary>Something didn't work, or was unclear: a person sees to it.</summary>
    Problem,
    Other,
}

/// <summary>What was put into a cart was not bought.</summary>
public sealed record CartAbandoned(CartId Cart, CustomerId? CustomerId, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"cart/{Cart.Value}";
}

/// <summary>An abandoned cart was bought after all.</summary>
public sealed record CartRecovered(CartId Cart, CustomerId? CustomerId, OrderId? Order, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"cart/{Cart.Value}";
}
