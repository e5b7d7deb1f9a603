using Engagement.Contracts;

namespace Engagement.Orders.Following;

/// <summary>What people have to do about an order as it is now. Pure.</summary>
internal static class StaffTasks
{
    private const string BeforeOrder = "/order-";

    private static readonly TimeSpan Soon = TimeSpan.FromHours(1);
    private static readonly TimeSpan ADay = TimeSpan.FromHours(24);

    public static IEnumerable<RaiseStaffTask> Due(Order order)
    {
        if (order is { ThankYou: { OverdueAt: { } overdueAt, IsSettled: false }, IsClosed: false })
        {
            // Messaging has asked for it already where it has found no way: that task is made more pressing.
            yield return order.ThankYou.Failed is { } reason && OfMessaging(reason) is var (kind, cause)
                ? Of(order, kind, Urgency.High, overdueAt, Soon, $"{cause}/{Messages.KeyOf(order, "thank-you").Value}")
                : Of(order, StaffTaskKind.ThankYouOverdue, Urgency.High, overdueAt, Soon);
        }

        if (order is { Cancelled: { } cancelled, IsRefunded: false, Removed: null }
            && order.Payments.LastOrDefault(payment => payment.Reported.OccurredAt > cancelled.Reported.OccurredAt) is { Reported.Backfill: false } paid)
            yield return Of(order, StaffTaskKind.PaidAfterCancellation, Urgency.High, paid.Reported.ReceivedAt, ADay);

        if (order is { StillLate: { } stillLate, IsAwaited: true }) yield return Of(order, StaffTaskKind.OrderLate, Urgency.High, stillLate.At, ADay);

        if (order.UnhappySince is { } unhappy)   // each time a task of its own: one that was done or withdrawn never comes back
            yield return Of(order, StaffTaskKind.CustomerUnhappy, Urgency.High, unhappy.ReceivedAt, Soon, which: Messages.NameOf(unhappy.OccurredAt));

        if (order.IsClosed) yield break;
        OrderParcelReported[] gone = [.. order.Reports.Where(report => !report.Reported.Backfill && report.Fate is ParcelFate.Lost or ParcelFate.Returned)];
        foreach (var report in gone)
        {
            var cameAfterAll = report.Fate == ParcelFate.Lost
                ? order.Deliveries.Any(delivery => order.AreOfOne(report.Parcel, delivery.Parcel))
                : !order.IsBack(report);
            var isToldByAnotherName = report.Parcel is not null && gone.TakeWhile(earlier => earlier != report)
                .Any(earlier => earlier.Fate == report.Fate && earlier.Parcel is not null && order.AreOfOne(earlier.Parcel, report.Parcel));
            if (cameAfterAll || isToldByAnotherName) continue;
            var kind = report.Fate == ParcelFate.Lost ? StaffTaskKind.ParcelLost : StaffTaskKind.ParcelReturned;
            yield return Of(order, kind, report.Fate == ParcelFate.Lost ? Urgency.High : Urgency.Normal, report.Reported.ReceivedAt, ADay, which: report.Parcel);
        }
    }

    /// <summary>The order that a task of ours is about; null for a task of others.</summary>
    public static OrderId? OrderOf(StaffTaskDone done) =>
        Name(done.Kind) is not null && done.Key.Value.IndexOf(BeforeOrder, StringComparison.Ordinal) is var at and > 0
            ? new OrderId(done.Key.Value[(at + BeforeOrder.Length)..])
            : null;

    private static string? Name(StaffTaskKind kind) => kind switch
    {
        StaffTaskKind.ThankYouOverdue => "thank-you-overdue",
        StaffTaskKind.PaidAfterCancellation => "paid-after-cancellation",
        StaffTaskKind.OrderLate => "order-late",
        StaffTaskKind.ParcelLost => "parcel-lost",
        StaffTaskKind.ParcelReturned => "parcel-returned",
        StaffTaskKind.CustomerUnhappy => "customer-unhappy",
        _ => null,
    };

    private static (StaffTaskKind Kind, string Cause)? OfMessaging(string reason) => reason switch
    {
        "no-address" => (StaffTaskKind.NoAddress, reason),
        "unknown-customer" => (StaffTaskKind.UnknownCustomer, reason),
        "call" => (StaffTaskKind.CallCustomer, reason),
        "undeliverable" or "bounced" or "complained" => (StaffTaskKind.Undeliverable, "undeliverable"),
        _ => null,
    };

    private static RaiseStaffTask Of(
        Order order, StaffTaskKind kind, Urgency urgency, DateTimeOffset at, TimeSpan patience, string? key = null, string? which = null) => new(
        new StaffTaskKey(key ?? $"{Name(kind)}{(which is null ? "" : $"/{which}")}{BeforeOrder}{order.OrderId.Value}"), kind, urgency, order.Customer, order.Id, at + patience, at);
}
