using Engagement.Contracts;

namespace Engagement.Orders.Paying;

public static class RecordPaymentFailureHandler
{
    public static Task<OutgoingMessages> Handle(RecordPaymentFailure message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>A payment can fail more than once; one failure is told by its time.</summary>
    internal static OrderEvent[] Decide(Order? order, RecordPaymentFailure message) =>
        order?.FailedPayments.Any(failed => failed.Reported.OccurredAt == message.Reported.OccurredAt) == true
            ? []
            : [new OrderPaymentFailed(message.Reason, message.Reported, message.PayUrl)];
}
