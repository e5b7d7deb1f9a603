using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ReportParcelHandler
{
    public static Task<OutgoingMessages> Handle(ReportParcel message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>The same can be told of a parcel more than once; one report is told by its time.</summary>
    internal static OrderEvent[] Decide(Order? order, ReportParcel message) => order?.Reports.Any(report =>
        report.Parcel == message.Parcel && report.Fate == message.Fate && report.Reported.OccurredAt == message.Reported.OccurredAt) == true
            ? []
            : [new OrderParcelReported(message.Parcel, message.Fate, message.Reported)];
}
