using Engagement.Contracts;
using Engagement.Orders.Ordering;
using Engagement.Orders.Paying;
using Engagement.Orders.Shipping;
using Engagement.Testing;

namespace Engagement.Orders.Tests;

/// <summary>What a shop tells of the order 1001, and how Orders decides on it.</summary>
internal static class Facts
{
    public static readonly OrderId Id = new("1001");
    public static readonly CustomerId Giulia = new("c-1");

    private static readonly Money Total = new(59.80m, "EUR");
    private static readonly OrderLine[] Lines =
        [new("Tazza in ceramica", 2, new Money(14.95m, "EUR"), "TZ-1"), new("Cuscino di lino", 1, new Money(29.90m, "EUR"))];

    public static readonly PlaceOrder Place = new(Id, Giulia, Total, Lines, new DateOnly(2026, 1, 20), At(-10), "#1001");
    public static readonly RecordPaymentFailure FailPayment = new(Id, "card_declined", At(-9));
    public static readonly RecordPayment Pay = new(Id, Total, Giulia, At(-8));
    public static readonly ShipOrder Ship = new(Id, "Poste", "ZA17", new Uri("https://track.example/ZA17"), At(-7));
    public static readonly ConfirmDelivery Deliver = new(Id, At(-6));
    public static readonly CancelOrder Cancel = new(Id, "changed_mind", At(-5));
    public static readonly RecordRefund Refund = new(Id, "r-1", new Money(14.95m, "EUR"), At(-4));
    public static readonly OrderDetailsOverdue PatienceEnds = new(Id);

    public static readonly IOrderFact[] All = [Place, FailPayment, Pay, Ship, Deliver, Cancel, Refund];

    public static readonly OrderPlaced Placed = new(Giulia, Total, Lines, new DateOnly(2026, 1, 20), At(-10), "#1001");
    public static readonly OrderPaymentFailed PaymentFailed = new("card_declined", At(-9));
    public static readonly OrderPaid Paid = new(Total, Giulia, At(-8));
    public static readonly OrderShipped Shipped = new("Poste", "ZA17", new Uri("https://track.example/ZA17"), At(-7));
    public static readonly OrderDelivered Delivered = new(At(-6));
    public static readonly OrderCancelled Cancelled = new("changed_mind", At(-5));

    public static readonly OrderRefunded Refunded = new("r-1", new Money(14.95m, "EUR"), At(-4));

    public static readonly SendMessage ThankYou = new(
        new MessageKey("thank-you/order-1001"), MessageKind.ThankYou, Giulia, new Occasion("order/1001", At(-8).OccurredAt),
        new OrderSummary(Id, Lines, Total, new DateOnly(2026, 1, 20), "#1001"));

    public static readonly SendMessage ThankYouWithoutDetails = ThankYou with { Data = new OrderSummary(Id, [], Total, null) };

    public static readonly Order Whole = new("order/1001")
    {
        Customer = Giulia, Placed = Placed, FailedPayments = [PaymentFailed], Paid = Paid, Parcels = [Shipped], Delivered = Delivered, Cancelled = Cancelled,
        Refunds = [Refunded],
    };

    /// <summary>So many minutes after noon, told two minutes later.</summary>
    public static Reported At(int minutes) => new(Spec.Noon.AddMinutes(minutes), Spec.Noon.AddMinutes(minutes + 2));

    public static Spec<Order> Given(params OrderEvent[] events) => new Spec<Order>("order/1001", (order, message, _) => Decide(order, message)).Given(events);

    /// <summary>A fact as if it were of another order.</summary>
    public static IOrderFact Of(this IOrderFact fact, OrderId order) => fact switch
    {
        PlaceOrder m => m with { Order = order },
        RecordPaymentFailure m => m with { Order = order },
        RecordPayment m => m with { Order = order },
        ShipOrder m => m with { Order = order },
        ConfirmDelivery m => m with { Order = order },
        CancelOrder m => m with { Order = order },
        RecordRefund m => m with { Order = order },
        _ => throw new ArgumentOutOfRangeException(nameof(fact)),
    };

    private static IEnumerable<object> Decide(Order? order, object message) => message switch
    {
        PlaceOrder m => Recorded(OrderStream.Decide(order, m, PlaceOrderHandler.Decide)),
        RecordPaymentFailure m => Recorded(OrderStream.Decide(order, m, RecordPaymentFailureHandler.Decide)),
        RecordPayment m => Recorded(OrderStream.Decide(order, m, RecordPaymentHandler.Decide)),
        ShipOrder m => Recorded(OrderStream.Decide(order, m, ShipOrderHandler.Decide)),
        ConfirmDelivery m => Recorded(OrderStream.Decide(order, m, ConfirmDeliveryHandler.Decide)),
        CancelOrder m => Recorded(OrderStream.Decide(order, m, CancelOrderHandler.Decide)),
        RecordRefund m => Recorded(OrderStream.Decide(order, m, RecordRefundHandler.Decide)),
        OrderDetailsOverdue due => OrderDetailsOverdueHandler.Decide(due, order),
        _ => throw new ArgumentOutOfRangeException(nameof(message)),
    };

    private static IEnumerable<object> Recorded((OrderEvent[] Events, OutgoingMessages Messages) outcome) => [.. outcome.Events, .. outcome.Messages];
}
