using Engagement.Contracts;

namespace Engagement.Orders.Paying;

/// <summary>The clock says: a payment has waited long enough for its order to be told.</summary>
public sealed record OrderDetailsOverdue(OrderId Order) : TimeoutMessage(ThankForPayment.PatienceForOrder), IGrouped
{
    string IGrouped.GroupId => Orders.Order.Key(Order);
}

/// <summary>Every order is thanked for once, as soon as it is known and its payments reach the total.</summary>
internal static class ThankForPayment
{
    /// <summary>A payment can be heard of before its order; after this time it is thanked for without the order's details.</summary>
    public static readonly TimeSpan PatienceForOrder = TimeSpan.FromSeconds(60);

    /// <summary>The shop's history makes state, never messages; nobody is thanked for what was called off; and somebody has to be known.</summary>
    public static bool IsWanted(Order order) => order is { Paid.Reported.Backfill: false, IsClosed: false, Customer: not { IsNobody: true } };

    public static bool IsDue(Order order) => IsWanted(order) && order.Placed is not null;

    public static bool WaitsForDetails(Order order) => IsWanted(order) && order.Placed is null;

    /// <summary>Wanted, and nobody has told yet what became of it.</summary>
    public static bool IsAwaited(Order order) => IsWanted(order) && !order.ThankYou.IsSettled;

    public static SendMessage ThankYou(OrderId id, CustomerId? customer, OrderPlaced? placed, OrderPaid paid) => new(
        KeyOf(id),
        MessageKind.ThankYou,
        customer,
        new Occasion(Order.Key(id), paid.Reported.OccurredAt, paid.Reported.EvenIfStale),
        new OrderSummary(id, placed?.Lines ?? [], placed?.Total ?? paid.Amount, placed?.PromisedOn, placed?.Number));

    public static MessageKey KeyOf(OrderId order) => new($"{Prefix}{order.Value}");

    /// <summary>Null where the message is no thank-you.</summary>
    public static OrderId? OrderOf(IMessageOutcome outcome) =>
        outcome.Kind == MessageKind.ThankYou && outcome.Key.Value.StartsWith(Prefix, StringComparison.Ordinal) ? new OrderId(outcome.Key.Value[Prefix.Length..]) : null;

    private const string Prefix = "thank-you/order-";
}

public static class OrderDetailsOverdueHandler
{
    public static async Task<OutgoingMessages> Handle(OrderDetailsOverdue due, IDocumentSession session, CancellationToken ct) =>
        Decide(due, await session.Events.FetchLatest<Order>(Order.Key(due.Order), ct));

    /// <summary>The order came in time, or the payment is thanked for with what is known.</summary>
    internal static OutgoingMessages Decide(OrderDetailsOverdue due, Order? order) => order is not null && ThankForPayment.WaitsForDetails(order)
        ? [ThankForPayment.ThankYou(due.Order, order.Customer, null, order.Paid!)]
        : [];
}
