using System.Globalization;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Reading;

/// <summary>One time that a cart was left, as lists and counts read it: made of the cart's state whenever that changes, so a repeat changes nothing.</summary>
/// <param name="Id"><c>abc#1</c>, the first time.</param>
/// <param name="Day">Where the shop is.</param>
/// <param name="CheckoutStep">Null where the checkout had not begun.</param>
public sealed record AbandonedCart(string Id, CartId Cart, int Number, CustomerId? Customer, DateOnly Day, DateTimeOffset LeftAt, Money? Value, string? CheckoutStep)
{
    public AbandonedCartState State { get; init; }

    /// <summary>The steps that were sent.</summary>
    public IReadOnlyList<int> Sent { get; init; } = [];

    public CartReason? Reason { get; init; }

    /// <summary>Why nothing more is asked for.</summary>
    public RecoveryEnd? Ended { get; init; }

    public OrderId? Order { get; init; }

    /// <summary>The order's own value.</summary>
    public Money? Recovered { get; init; }

    public int? RecoveredStep { get; init; }

    /// <summary>Not all of what was left was bought.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Its place in the list: text that sorts as the times do.</summary>
    public string Cursor => $"{LeftAt.UtcDateTime:O} {Id}";

    /// <summary>What the counts tell apart, in one text: to group by many would sort all of them.</summary>
    [StoredOnly]
    public string Counted => string.Create(
        CultureInfo.InvariantCulture, $"{Day:yyyy-MM-dd} {string.Join(',', Sent)} {Reason} {RecoveredStep} {IsPartial} {Value?.Currency} {Recovered?.Currency}");

    public static AbandonedCart Of(CartId cart, Abandonment left)
    {
        ArgumentNullException.ThrowIfNull(left);
        return new($"{cart.Value}#{left.Number}", cart, left.Number, left.Customer, left.Day, left.LeftAt, left.Value, left.AtStep)
        {
            State = left.WonBack is not null ? AbandonedCartState.Recovered
                : left.IsRunning ? AbandonedCartState.Cared
                : left.Plan.Count == 0 ? AbandonedCartState.Unwritten
                : AbandonedCartState.Ended,
            Sent = [.. left.Reminders.Where(reminder => reminder.SentAt is not null).Select(reminder => reminder.Step)],
            Reason = left.Reason,
            Ended = left.Ended,
            Order = left.WonBack?.Order,
            Recovered = left.WonBack?.Value,
            RecoveredStep = left.WonBack?.Step,
            IsPartial = left.WonBack?.IsPartial == true,
        };
    }
}

public enum AbandonedCartState
{
    /// <summary>Its customer is being written to.</summary>
    Cared,

    /// <summary>There is nobody, or nothing new, to write of, or the shop wants no messages.</summary>
    Unwritten,

    /// <summary>Nothing more is asked for.</summary>
    Ended,
    Recovered,
}
