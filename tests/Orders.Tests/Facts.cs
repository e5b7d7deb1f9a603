using Engagement.Contracts;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Following;
using Engagement.Orders.Ordering;
using Engagement.Orders.Paying;
using Engagement.Orders.Settings;
using Engagement.Orders.Shipping;
using Engagement.Orders.Staff;
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
    public static readonly ReportParcel Bring = new(Id, "ZA17", ParcelFate.OutForDelivery, At(-6));
    public static readonly CancelOrder Cancel = new(Id, "changed_mind", At(-5));
    public static readonly RemoveOrder Remove = new(Id, At(-3));
    public static readonly RecordRefund Refund = new(Id, "r-1", new Money(14.95m, "EUR"), At(-4));
    public static readonly OrderDetailsOverdue PatienceEnds = new(Id);

    public static readonly IOrderFact[] All = [Place, FailPayment, Pay, Ship, Deliver, Cancel, Refund];

    public static readonly OrderPlaced Placed = new(Giulia, Total, Lines, new DateOnly(2026, 1, 20), At(-10), "#1001");
    public static readonly OrderPaymentFailed PaymentFailed = new("card_declined", At(-9));
    public static readonly OrderPaid Paid = new(Total, Giulia, At(-8));
    public static readonly OrderShipped Shipped = new("Poste", "ZA17", new Uri("https://track.example/ZA17"), At(-7));
    public static readonly OrderDelivered Delivered = new(At(-6));
    public static readonly OrderParcelReported Brought = new("ZA17", ParcelFate.OutForDelivery, At(-6));
    public static readonly OrderRemoved Removed = new(At(-3));
    public static readonly OrderCancelled Cancelled = new("changed_mind", At(-5));

    public static readonly OrderRefunded Refunded = new("r-1", new Money(14.95m, "EUR"), At(-4));

    public static readonly SendMessage ThankYou = new(
        new MessageKey("thank-you/order-1001"), MessageKind.ThankYou, Giulia, new Occasion("order/1001", At(-8).OccurredAt),
        new OrderSummary(Id, Lines, Total, new DateOnly(2026, 1, 20), "#1001"));

    public static readonly SendMessage ThankYouWithoutDetails = ThankYou with { Data = new OrderSummary(Id, [], Total, null) };

    public static readonly Order Whole = new("order/1001")
    {
        Customer = Giulia, Placed = Placed, FailedPayments = [PaymentFailed], Payments = [Paid], Parcels = [Shipped], Deliveries = [Delivered], Cancelled = Cancelled,
        Refunds = [Refunded],
    };

    /// <summary>So many minutes after noon, told two minutes later.</summary>
    public static Reported At(int minutes) => new(Spec.Noon.AddMinutes(minutes), Spec.Noon.AddMinutes(minutes + 2));

    /// <summary>Tells what is recorded, and what the customer is told.</summary>
    public static Spec<Order> Given(params OrderEvent[] events) =>
        Filtered(outcome => outcome is SendMessage or OrderDetailsOverdue, OrderRules.Default, events);

    /// <summary>Tells what is recorded alone.</summary>
    public static Spec<Order> Recording(params OrderEvent[] events) => Filtered(_ => false, OrderRules.Default, events);

    /// <summary>Tells everything that follows: messages, tasks, timers.</summary>
    public static Spec<Order> Everything(params OrderEvent[] events) => Everything(OrderRules.Default, events);

    public static Spec<Order> Everything(OrderRules rules, params OrderEvent[] events) => Filtered(_ => true, rules, events);

    /// <summary>A message of this order's.</summary>
    public static SendMessage Message(MessageKind kind, string key, Reported about, MessageData data) =>
        new(new MessageKey(key), kind, Giulia, new Occasion("order/1001", about.OccurredAt), data);

    /// <summary>A fact as if it were of another order.</summary>
    public static IOrderFact Of(this IOrderFact fact, OrderId order) => fact switch
    {
        PlaceOrder m => m with { Order = order },
        RecordPaymentFailure m => m with { Order = order },
        RecordPayment m => m with { Order = order },
        ShipOrder m => m with { Order = order },
        ConfirmDelivery m => m with { Order = order },
        ReportParcel m => m with { Order = order },
        RemoveOrder m => m with { Order = order },
        CancelOrder m => m with { Order = order },
        RecordRefund m => m with { Order = order },
        _ => throw new ArgumentOutOfRangeException(nameof(fact)),
    };

    /// <summary>The same fact, of the shop's history.</summary>
    public static IOrderFact AsHistory(this IOrderFact fact)
    {
        var reported = fact.Reported with { Backfill = true };
        return fact switch
        {
            PlaceOrder m => m with { Reported = reported },
            RecordPaymentFailure m => m with { Reported = reported },
            RecordPayment m => m with { Reported = reported },
            ShipOrder m => m with { Reported = reported },
            ConfirmDelivery m => m with { Reported = reported },
            ReportParcel m => m with { Reported = reported },
            RemoveOrder m => m with { Reported = reported },
            CancelOrder m => m with { Reported = reported },
            RecordRefund m => m with { Reported = reported },
            _ => throw new ArgumentOutOfRangeException(nameof(fact)),
        };
    }

    /// <summary>What the service decides on a message, without its storage.</summary>
    public static IEnumerable<object> Decide(Order? order, object message, DateTimeOffset now, OrderRules rules)
    {
        if (message is OrderDetailsOverdue due) return OrderDetailsOverdueHandler.Decide(due, order);
        var events = message switch
        {
            PlaceOrder m => PlaceOrderHandler.Decide(order, m),
            RecordPaymentFailure m => RecordPaymentFailureHandler.Decide(order, m),
            RecordPayment m => RecordPaymentHandler.Decide(order, m),
            ShipOrder m => ShipOrderHandler.Decide(order, m),
            ReportParcel m => ReportParcelHandler.Decide(order, m),
            ConfirmDelivery m => ConfirmDeliveryHandler.Decide(order, m),
            CancelOrder m => CancelOrderHandler.Decide(order, m),
            RemoveOrder m => RemoveOrderHandler.Decide(order, m),
            RecordRefund m => RecordRefundHandler.Decide(order, m),
            AnswerCheckIn m => AnswerCheckInHandler.Decide(order, m),
            IMessageOutcome m => LearnOfThankYouHandler.Decide(order, m),
            MissThankYou => MissThankYouHandler.Decide(order, now),
            PromiseEnded m => PromiseEndedHandler.Decide(order, m, now),
            LatePatienceEnded m => LatePatienceEndedHandler.Decide(order, m, now),
            CheckInDue m => CheckInDueHandler.Decide(order, m, rules, hasOpenInquiry: false, now),
            ReviewInvitationDue m => ReviewInvitationDueHandler.Decide(order, m, now),
            StaffTaskDone m => StaffTaskDoneHandler.Decide(order, m),
            _ => throw new ArgumentOutOfRangeException(nameof(message)),
        };
        return [.. events, .. WhatFollows.Decide(Id, order, events, rules, now)];
    }

    private static Spec<Order> Filtered(Func<object, bool> isOfInterest, OrderRules rules, OrderEvent[] events) => new Spec<Order>(
        "order/1001", (order, message, now) => Decide(order, message, now, rules).Where(outcome => outcome is OrderEvent || isOfInterest(outcome))).Given(events);
}
