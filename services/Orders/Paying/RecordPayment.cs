using Engagement.Contracts;

namespace Engagement.Orders.Paying;

public static class RecordPaymentHandler
{
    public static Task<OutgoingMessages> Handle(RecordPayment message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>
    /// A payment is told by the shop's id of it, and may grow, else by its time and amount. What was paid in full is told again, not paid again.
    /// </summary>
    internal static OrderEvent[] Decide(Order? order, RecordPayment message)
    {
        var known = order?.Payments.FirstOrDefault(payment => message.Payment is { } id
            ? payment.Payment == id
            : payment.Payment is null && payment.Amount == message.Amount && payment.Reported.OccurredAt == message.Reported.OccurredAt);
        var hasGrown = known is not null && HasGrown(known, message);
        var isRepeat = known is not null
            ? !hasGrown && !IsNews(known, message)
            : message.Payment is null && order is { Placed: not null, Paid.Payment: null, IsRefunded: false };
        return isRepeat
            ? []
            : [new OrderPaid(
                hasGrown ? message.Amount : known?.Amount ?? message.Amount, message.Customer ?? known?.Customer, message.Reported, message.Payment)];
    }

    private static bool HasGrown(OrderPaid known, RecordPayment message) =>
        known is { Payment: not null, Amount: { } before } && message.Amount is { } now && now.Currency == before.Currency && now.Amount > before.Amount;

    /// <summary>It was nobody's, and so nothing to speak of; now it is somebody's.</summary>
    private static bool IsNews(OrderPaid known, RecordPayment message) =>
        known is { Payment: not null, Customer: null or { IsNobody: true } } && message.Customer is { IsNobody: false };
}
