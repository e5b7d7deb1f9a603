using Engagement.Contracts;

namespace Engagement.Orders;

/// <summary>A fact of an order, as the shop reported it.</summary>
public abstract record OrderEvent(Reported Reported);

public sealed record OrderPlaced(
    CustomerId Customer, Money Total, IReadOnlyList<OrderLine> Lines, DateOnly? PromisedOn, Reported Reported, string? Number = null) : OrderEvent(Reported);

public sealed record OrderPaid(Money? Amount, CustomerId? Customer, Reported Reported) : OrderEvent(Reported);

public sealed record OrderPaymentFailed(string? Reason, Reported Reported) : OrderEvent(Reported);

public sealed record OrderShipped(
    string? Carrier, string? TrackingNumber, Uri? TrackingUrl, Reported Reported, string? Parcel = null, DateTimeOffset? ChangedAt = null)
        : OrderEvent(Reported);

public sealed record OrderDelivered(Reported Reported) : OrderEvent(Reported);

public sealed record OrderCancelled(string? Reason, Reported Reported) : OrderEvent(Reported);

public sealed record OrderRefunded(string Refund, Money? Amount, Reported Reported) : OrderEvent(Reported);
