using Engagement.Contracts;

namespace Engagement.Orders.Paying;

/// <summary>The clock says: a payment has waited long enough for its order to be told.</summary>
public sealed record OrderDetailsOverdue(OrderId Order) : TimeoutMessage(ThankForPayment.PatienceForOrder), IGrouped
{
    string IGrouped.GroupId => Orders.Order.Key(Order);
}

/// <summary>Every payment is answered with one thank-you, as soon as payment and order are known.</summary>
internal static class ThankForPayment
{
    /// <summary>A payment can be heard of before its order; after this time it is thanked for without the order's details.</summary>
    public static readonly TimeSpan PatienceForOrder = TimeSpan.FromSeconds(60);

    public static OutgoingMessages Decide(OrderId id, Order? before, IReadOnlyList<OrderEvent> events)
    {
        var placed = before?.Placed ?? events.OfType<OrderPlaced>().FirstOrDefault();
        var paid = before?.Paid ?? events.OfType<OrderPaid>().FirstOrDefault();
        var isNews = events.Any(e => e is OrderPlaced or OrderPaid);
        return (placed, paid) switch
        {
            _ when !isNews => [],
            (_, null) => [],
            (_, { Reported.Backfill: true }) => [],   // history makes state, never messages
            (null, not null) => [new OrderDetailsOverdue(id)],
            (not null, not null) => [ThankYou(id, placed.Customer, placed, paid)],
        };
    }

    public static SendMessage ThankYou(OrderId id, CustomerId? customer, OrderPlaced? placed, OrderPaid paid) => new(
        new MessageKey($"thank-you/order-{id.Value}"),
        MessageKind.ThankYou,
        customer,
        new Occasion(Order.Key(id), paid.Reported.OccurredAt, paid.Reported.EvenIfStale),
        new OrderSummary(id, placed?.Lines ?? [], placed?.Total ?? paid.Amount, placed?.PromisedOn, placed?.Number));
}

public static class OrderDetailsOverdueHandler
{
    public static async Task<OutgoingMessages> Handle(OrderDetailsOverdue due, IDocumentSession session, CancellationToken ct) =>
        Decide(due, await session.Events.FetchLatest<Order>(Order.Key(due.Order), ct));

    /// <summary>The order came in time, or the payment is thanked for with what is known.</summary>
    internal static OutgoingMessages Decide(OrderDetailsOverdue due, Order? order) => order is { Placed: null, Paid: { } paid }
        ? [ThankForPayment.ThankYou(due.Order, order.Customer, null, paid)]
        : [];
}
