using Engagement.Contracts;

namespace Engagement.Orders;

/// <summary>What an order is now; its stream key is <c>order/{id}</c>. Facts come in any order, so each has a place of its own.</summary>
public sealed record Order(string Id)
{
    public CustomerId? Customer { get; init; }

    public OrderPlaced? Placed { get; init; }

    public OrderPaid? Paid { get; init; }

    public IReadOnlyList<OrderPaymentFailed> FailedPayments { get; init; } = [];

    public IReadOnlyList<OrderShipped> Parcels { get; init; } = [];

    public OrderDelivered? Delivered { get; init; }

    public OrderCancelled? Cancelled { get; init; }

    public IReadOnlyList<OrderRefunded> Refunds { get; init; } = [];

    public OrderStatus Status => this switch
    {
        { Cancelled: not null } => OrderStatus.Cancelled,
        { Delivered: not null } => OrderStatus.Delivered,
        { Parcels.Count: > 0 } => OrderStatus.Shipped,
        { Paid: not null } => OrderStatus.Paid,
        { FailedPayments.Count: > 0 } => OrderStatus.PaymentFailed,
        { Placed: not null } => OrderStatus.Placed,
        _ => OrderStatus.Unknown,
    };

    public static string Key(OrderId order) => $"order/{order.Value}";

    public static Order Create(IEvent<OrderPlaced> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderPaid> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderPaymentFailed> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderShipped> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderDelivered> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderCancelled> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderRefunded> e) => New(e).Apply(e.Data);

    public Order Apply(OrderPlaced e) => this with { Placed = e, Customer = e.Customer };

    public Order Apply(OrderPaid e) => this with { Paid = e, Customer = Customer ?? e.Customer };

    public Order Apply(OrderPaymentFailed e) => this with { FailedPayments = [.. FailedPayments.Append(e).OrderBy(failed => failed.Reported.OccurredAt)] };

    /// <summary>In the order of their times, whichever was told first. A parcel told again under its id was told more fully.</summary>
    public Order Apply(OrderShipped e) => this with
    {
        Parcels = [.. Parcels.Where(parcel => e.Parcel is null || parcel.Parcel != e.Parcel).Append(e).OrderBy(parcel =>
            parcel.Reported.OccurredAt).ThenBy(parcel => parcel.TrackingNumber, StringComparer.Ordinal)],
    };

    public Order Apply(OrderDelivered e) => this with { Delivered = e };

    public Order Apply(OrderCancelled e) => this with { Cancelled = e };

    public Order Apply(OrderRefunded e) => this with
    {
        Refunds = [.. Refunds.Append(e).OrderBy(refund => refund.Reported.OccurredAt).ThenBy(refund => refund.Refund, StringComparer.Ordinal)],
    };

    private static Order New(IEvent e) => new(e.StreamKey!);
}

public enum OrderStatus
{
    Unknown,
    Placed,
    PaymentFailed,
    Paid,
    Shipped,
    Delivered,
    Cancelled,
}
