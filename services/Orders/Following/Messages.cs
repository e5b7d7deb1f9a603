using System.Globalization;
using Engagement.Contracts;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Paying;
using Engagement.Orders.Settings;

namespace Engagement.Orders.Following;

/// <summary>What a customer should have been told of an order as it is now: at most one message for each change, and nothing that something else has made old. Pure.</summary>
internal static class Messages
{
    public static IEnumerable<SendMessage> Due(Order order, OrderRules rules)
    {
        if (order.Customer is not { IsNobody: false }) return [];
        var ends = Ended(order);
        return order.IsClosed ? ends : [.. OfPayments(order, rules), .. order.Parcels.SelectMany(parcel => Shipped(order, parcel)),
            .. order.Reports.SelectMany(report => Reported(order, report, rules)), .. Delivered(order), .. Delayed(order), .. CheckIns(order), .. ends];
    }

    public static MessageKey KeyOf(Order order, string what, string? which = null) =>
        new(which is null ? $"{what}/order-{order.OrderId.Value}" : $"{what}/order-{order.OrderId.Value}/{which}");

    /// <summary>What a parcel is called by: the shop's id, else the carrier's number.</summary>
    private static string? NameOf(OrderShipped parcel) => parcel.Parcel ?? parcel.TrackingNumber ?? NameOf(parcel.Reported.OccurredAt);

    /// <summary>What happened at that time, where it has no other name.</summary>
    public static string NameOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddTHHmmss", CultureInfo.InvariantCulture);

    /// <summary>Customers try again, and then again: one mail a day is enough.</summary>
    private static IEnumerable<SendMessage> OfPayments(Order order, OrderRules rules) => order.Paid is { } paid
        ? ThankForPayment.IsDue(order) ? [ThankForPayment.ThankYou(order.OrderId, order.Customer, order.Placed, paid)] : []
        : order.FailedPayments.Where(failed => IsNews(failed))
            .GroupBy(failed => rules.DayOf(failed.Reported.OccurredAt)).Select(day => Of(
                order, MessageKind.PaymentFailed, day.Key.ToString("O", CultureInfo.InvariantCulture), day.Last(),
                new OrderUnpaid(order.OrderId, order.Placed?.Total, day.Last().PayUrl, order.Placed?.Number)));

    private static IEnumerable<SendMessage> Shipped(Order order, OrderShipped parcel) =>
        IsNews(parcel) && order.Deliveries.All(delivery => !Order.IsOf(delivery.Parcel, parcel)) && order.Reports.All(report => !Order.IsOf(report.Parcel, parcel))
            ? [Of(order, MessageKind.Shipped, NameOf(parcel), parcel, News(order, parcel))]
            : [];

    private static IEnumerable<SendMessage> Reported(Order order, OrderParcelReported report, OrderRules rules)
    {
        var at = report.Reported.OccurredAt;
        bool IsLast() => order.Reports.All(other => !order.AreOfOne(report.Parcel, other.Parcel) || (other.Reported.OccurredAt, other.Fate).CompareTo((at, report.Fate)) <= 0);
        var delivery = order.Deliveries.LastOrDefault(delivery => order.AreOfOne(report.Parcel, delivery.Parcel));
        var day = rules.DayOf(at);
        var isDue = IsNews(report) && IsLast() && report.Fate switch
        {
            ParcelFate.OutForDelivery => delivery is null && day == rules.DayOf(report.Reported.ReceivedAt),   // tomorrow it is not 'today' any more
            ParcelFate.Returned => delivery is null || delivery.Reported.OccurredAt < at,
            _ => delivery is null,
        };
        if (!isDue) return [];
        var parcel = order.Parcels.FirstOrDefault(parcel => Order.IsOf(report.Parcel, parcel));
        var name = parcel is null ? report.Parcel : NameOf(parcel);
        var which = report.Fate is ParcelFate.Lost or ParcelFate.Returned ? name : $"{name ?? "all"}/{day:yyyy-MM-dd}";   // it can be tried again on another day
        return [Of(order, KindOf(report.Fate), which, report, News(order, parcel))];
    }

    /// <summary>The shop's word for all of it counts for more than that of each parcel.</summary>
    private static IEnumerable<SendMessage> Delivered(Order order)
    {
        var told = order.Deliveries.FirstOrDefault(delivery => delivery.Parcel is null) is { } whole ? [whole] : order.Deliveries;
        return told.Where(delivery => IsNews(delivery) && !IsReturnedAfter(delivery)).Select(delivery =>
        {
            var parcel = delivery.Parcel is null ? null : order.Parcels.FirstOrDefault(parcel => Order.IsOf(delivery.Parcel, parcel));
            return Of(
                order, MessageKind.Delivered, parcel is null ? delivery.Parcel : NameOf(parcel), delivery,
                News(order, parcel) with { OthersFollow = order.Delivered is null });
        });

        bool IsReturnedAfter(OrderDelivered delivery) => order.Reports.Any(report => report.Fate == ParcelFate.Returned
            && order.AreOfOne(report.Parcel, delivery.Parcel) && report.Reported.OccurredAt >= delivery.Reported.OccurredAt);
    }

    private static IEnumerable<SendMessage> Delayed(Order order) => order is { Late: { } late, IsAwaited: true }
        ? [Of(order, MessageKind.Delayed, null, late.At, IsEvenIfStale(order), News(order, order.Parcels is [.., var last] ? last : null))]
        : [];

    private static IEnumerable<SendMessage> CheckIns(Order order)
    {
        if (order.CheckIn.AskedAt is { } askedAt && CheckIn.MayBeAsked(order))
            yield return Of(order, MessageKind.CheckIn, null, askedAt, IsEvenIfStale(order), new OrderArrived(order.OrderId, order.Placed?.Number));
        if (order.CheckIn is { InvitedAt: { } invitedAt, Answer.Answer: CheckInAnswer.Happy })
            yield return Of(order, MessageKind.ReviewInvitation, null, invitedAt, IsEvenIfStale(order), new ReviewAsked(order.OrderId, null, order.Placed?.Number));
    }

    /// <summary>Of money that somebody says was given back, but not how much, nothing is told until it is known.</summary>
    private static SendMessage[] Ended(Order order) =>
    [
        .. order.Cancelled is { } cancelled && IsNews(cancelled)
            ? [Of(order, MessageKind.OrderCancelled, null, cancelled, new OrderCancellation(order.OrderId, order.Payments.Count > 0, order.Placed?.Number))]
            : Array.Empty<SendMessage>(),
        .. order.Refunds.Where(refund => IsNews(refund) && refund.Amount is { Amount: > 0 }).Select(refund =>
            Of(order, MessageKind.OrderRefunded, refund.Refund, refund, new OrderRefund(order.OrderId, refund.Amount, order.Placed?.Number))),
    ];

    private static bool IsNews(ReportedEvent e) => !e.Reported.Backfill;

    private static bool IsEvenIfStale(Order order) => order.Paid?.Reported.EvenIfStale ?? order.Placed?.Reported.EvenIfStale ?? false;

    private static ParcelNews News(Order order, OrderShipped? parcel) => new(
        order.OrderId, parcel?.Carrier, parcel?.TrackingNumber, parcel?.TrackingUrl, parcel?.PromisedOn ?? order.PromisedOn, order.Placed?.Number);

    private static MessageKind KindOf(ParcelFate fate) => fate switch
    {
        ParcelFate.OutForDelivery => MessageKind.OutForDelivery,
        ParcelFate.DeliveryAttempted => MessageKind.DeliveryAttempted,
        ParcelFate.ReadyForPickup => MessageKind.ReadyForPickup,
        ParcelFate.Lost => MessageKind.ParcelLost,
        ParcelFate.Returned => MessageKind.ParcelReturned,
        _ => throw new ArgumentOutOfRangeException(nameof(fate), fate, null),
    };

    private static SendMessage Of(Order order, MessageKind kind, string? which, ReportedEvent e, MessageData data) =>
        Of(order, kind, which, e.Reported.OccurredAt, e.Reported.EvenIfStale, data);

    private static SendMessage Of(Order order, MessageKind kind, string? which, DateTimeOffset occurredAt, bool evenIfStale, MessageData data) => new(
        KeyOf(order, kind.Name(), which), kind, order.Customer,
        new Occasion(order.Id, occurredAt, evenIfStale), data);
}
