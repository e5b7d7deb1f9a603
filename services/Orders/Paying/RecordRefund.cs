using Engagement.Contracts;

namespace Engagement.Orders.Paying;

public static class RecordRefundHandler
{
    public static Task<OutgoingMessages> Handle(RecordRefund message, IDocumentSession session, CancellationToken ct) => session.Record(message, Decide, ct);

    internal static OrderEvent[] Decide(Order? order, RecordRefund message) => order?.Refunds.Any(refund => refund.Refund == message.Refund) == true
        ? []
        : [new OrderRefunded(message.Refund, message.Amount, message.Reported)];
}
