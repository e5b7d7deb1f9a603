using Engagement.Contracts;

namespace Engagement.Orders.Paying;

public static class RecordRefundHandler
{
    public static Task<OutgoingMessages> Handle(RecordRefund message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>Many shops tell later how much it was.</summary>
    internal static OrderEvent[] Decide(Order? order, RecordRefund message) =>
        order?.Refunds.FirstOrDefault(refund => refund.Refund == message.Refund) is { } known && !(known.Amount is null && message.Amount is not null)
            ? []
            : [new OrderRefunded(message.Refund, message.Amount, message.Reported)];
}
