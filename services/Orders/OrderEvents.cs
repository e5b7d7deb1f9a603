using Engagement.Contracts;

namespace Engagement.Orders;

public abstract record OrderEvent;

/// <summary>A fact of an order, as the shop or the customer reported it.</summary>
public abstract record ReportedEvent(Reported Reported) : OrderEvent;

public sealed record OrderPlaced(
    CustomerId Customer, Money Total, IReadOnlyList<OrderLine> Lines, DateOnly? PromisedOn, Reported Reported, string? Number = null,
    string? Zone = null) : ReportedEvent(Reported);

public sealed record OrderPaid(Money? Amount, CustomerId? Customer, Reported Reported, string? Payment = null) : ReportedEvent(Reported);

public sealed record OrderPaymentFailed(string? Reason, Reported Reported, Uri? PayUrl = null) : ReportedEvent(Reported);

public sealed record OrderShipped(
    string? Carrier, string? TrackingNumber, Uri? TrackingUrl, Reported Reported, string? Parcel = null, DateTimeOffset? ChangedAt = null,
    DateOnly? PromisedOn = null) : ReportedEvent(Reported);

public sealed record OrderParcelReported(string? Parcel, ParcelFate Fate, Reported Reported) : ReportedEvent(Reported);

public sealed record OrderDelivered(Reported Reported, string? Parcel = null) : ReportedEvent(Reported);

public sealed record OrderCancelled(string? Reason, Reported Reported) : ReportedEvent(Reported);

public sealed record OrderRemoved(Reported Reported) : ReportedEvent(Reported);

public sealed record OrderRefunded(string Refund, Money? Amount, Reported Reported) : ReportedEvent(Reported);

public sealed record CheckInAnswered(CheckInAnswer Answer, Sealed? Words, Reported Reported) : ReportedEvent(Reported);

/// <summary>What the passing of time, or what others did, made of an order.</summary>
public abstract record OutcomeEvent(DateTimeOffset At) : OrderEvent;

/// <summary>The thank-you's receiver took it.</summary>
public sealed record ThankYouLeft(DateTimeOffset At) : OutcomeEvent(At);

/// <summary>The thank-you is not to be sent. <paramref name="Reason"/>: <c>stale</c>, <c>erased</c>, <c>cancelled</c>.</summary>
public sealed record ThankYouWithheld(string Reason, DateTimeOffset At) : OutcomeEvent(At);

/// <summary>The thank-you could not be sent. <paramref name="Reason"/> as Messaging says it.</summary>
public sealed record ThankYouFailed(string Reason, DateTimeOffset At) : OutcomeEvent(At);

/// <summary>Nobody had told in time that the thank-you left.</summary>
public sealed record ThankYouOverdue(DateTimeOffset At) : OutcomeEvent(At);

/// <summary>The promised day was over, and the order had not arrived.</summary>
public sealed record OrderBecameLate(DateOnly PromisedOn, DateTimeOffset At) : OutcomeEvent(At);

/// <summary>Some days after its customer was told, a late order had still not arrived.</summary>
public sealed record OrderStayedLate(DateTimeOffset At) : OutcomeEvent(At);

public sealed record CheckInAsked(DateTimeOffset At) : OutcomeEvent(At);

/// <summary>Some days after the customer was happy.</summary>
public sealed record ReviewInvited(DateTimeOffset At) : OutcomeEvent(At);

/// <summary>A person has done what the order needed.</summary>
public sealed record OrderSeenTo(StaffTaskKind Kind, StaffTaskOutcome Outcome, DateTimeOffset At) : OutcomeEvent(At);
