using Engagement.Contracts;

namespace Engagement.Carts;

/// <summary>What a cart's stream holds: what the shop told of it, and what became of the ways to win it back.</summary>
public abstract record CartEvent;

/// <summary>A fact of a cart, as the shop reported it.</summary>
public abstract record CartFact(CartVisit? Visit, Reported Reported) : CartEvent;

public sealed record CartChanged(IReadOnlyList<OrderLine> Lines, Money? Total, CartVisit? Visit, Reported Reported) : CartFact(Visit, Reported);

public sealed record ItemAdded(OrderLine Line, CartVisit? Visit, Reported Reported) : CartFact(Visit, Reported);

public sealed record ItemTaken(string Item, int? Quantity, CartVisit? Visit, Reported Reported) : CartFact(Visit, Reported);

public sealed record CheckoutStepReached(string Step, CartVisit? Visit, Reported Reported) : CartFact(Visit, Reported);

public sealed record CheckoutCompleted(OrderId? Order, CartVisit? Visit, Reported Reported) : CartFact(Visit, Reported);

/// <summary>Another cart was merged into this one.</summary>
public sealed record CartsMerged(CartId From, IReadOnlyList<OrderLine>? Lines, Money? Total, CartVisit? Visit, Reported Reported) : CartFact(Visit, Reported);

/// <summary>This cart went on in another.</summary>
/// <param name="Customer">Whose the other is, as far as it is known; told again when it changes.</param>
public sealed record MergedAway(CartId Into, DateTimeOffset At, CustomerId? Customer = null) : CartEvent;

/// <summary>Its customer ordered, this very cart or something else.</summary>
/// <param name="Named">The cart that the shop says was ordered, or the one of those merged into this that it came by; null where it doesn't say.</param>
/// <param name="MayCount">It is for this cart of the customer's, and for no other, to count the order.</param>
public sealed record CustomerOrdered(
    OrderId Order, CustomerId Customer, Money Total, IReadOnlyList<OrderLine> Lines, CartId? Named, bool MayCount, Reported Reported) : CartEvent;

/// <summary>Its customer has a newer cart.</summary>
public sealed record NewerCartSeen(CartId Newer, DateTimeOffset At) : CartEvent;

/// <summary>Its customer's newer carts, up to the one of that time, were emptied without an order.</summary>
public sealed record NewerCartsEmptied(DateTimeOffset At) : CartEvent;

/// <summary>What a newer cart had ended goes on.</summary>
public sealed record CareResumed(int Number) : CartEvent;

/// <summary>Nothing happened for so long that the cart counts as left.</summary>
/// <param name="Number">Which time it is, from 1.</param>
/// <param name="LastActivity">From when its steps count.</param>
/// <param name="Plan">When its steps are due, after the last activity; none where there is nobody, or nothing new, to write of.</param>
/// <param name="Day">Where the shop is.</param>
/// <param name="FirstStep">Those before it were taken when the same was left before.</param>
public sealed record CartLeftBehind(
    int Number, DateTimeOffset LastActivity, CustomerId? Customer, IReadOnlyList<OrderLine> Lines, Money? Value, string? AtStep,
    IReadOnlyList<TimeSpan> Plan, bool EvenIfStale, DateOnly Day, DateTimeOffset At, int FirstStep = 1) : CartEvent;

/// <summary>Whose it is was told after it was left: now there is somebody to write to.</summary>
public sealed record CarePlanned(int Number, CustomerId Customer, IReadOnlyList<TimeSpan> Plan) : CartEvent;

/// <summary>Messaging was asked for a step's message.</summary>
public sealed record ReminderAsked(int Number, int Step, MessageKind Kind, DateTimeOffset DueAt, DateTimeOffset At) : CartEvent;

/// <summary>The message was sent; from here an order can count as won back.</summary>
public sealed record ReminderSent(int Number, int Step, DateTimeOffset At) : CartEvent;

/// <summary>The message will not be sent. <paramref name="Reason"/> is Messaging's.</summary>
public sealed record ReminderNotSent(int Number, int Step, string Reason, DateTimeOffset At) : CartEvent;

/// <summary>Nothing more is asked for.</summary>
public sealed record RecoveryEnded(int Number, RecoveryEnd Reason, DateTimeOffset At) : CartEvent;

/// <summary>An order within the window after a step that was sent.</summary>
/// <param name="IsPartial">Not all of what was left was bought.</param>
public sealed record CartWonBack(int Number, int Step, OrderId Order, Money Value, bool IsPartial, DateTimeOffset At) : CartEvent;

/// <summary>The order does not count after all: it was cancelled, or another cart has the better claim to it.</summary>
public sealed record CartNotWonBack(int Number, OrderId Order) : CartEvent;

/// <summary>The customer said why.</summary>
public sealed record ReasonGiven(int Number, CartReason Reason, Sealed? Words, DateTimeOffset At) : CartEvent;

/// <summary>Why nothing more is asked for.</summary>
public enum RecoveryEnd
{
    /// <summary>All steps were taken.</summary>
    Finished,
    Ordered,
    Emptied,

    /// <summary>The customer is back at the cart.</summary>
    Resumed,
    NewerCart,
    Merged,

    /// <summary>The customer refused mails about carts.</summary>
    Refused,
    Erased,

    /// <summary>The customer said why it was left.</summary>
    Answered,

    /// <summary>The shop wants no messages about carts any more.</summary>
    SwitchedOff,

    /// <summary>The cart turned out to be somebody else's.</summary>
    GoneOver,
}
