using Engagement.Contracts;

namespace Engagement.Orders.Paying;

public static class RecordPaymentHandler
{
    public static Task<OutgoingMessages> Handle(RecordPayment message, IDocumentSession session, CancellationToken ct) => session.Record(message, Decide, ct);

    internal static OrderEvent[] Decide(Order? order, RecordPayment message) =>
        order?.Paid is not null ? [] : [new OrderPaid(message.Amount, message.Customer, message.Reported)];
}
