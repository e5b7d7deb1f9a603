using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ShipOrderHandler
{
    public static Task<OutgoingMessages> Handle(ShipOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>An order can have several parcels; one is told by its id, else by its tracking number, or by its time.</summary>
    internal static OrderEvent[] Decide(Order? order, ShipOrder message)
    {
        var known = order?.Parcels.FirstOrDefault(parcel => IsSame(parcel, message));
        return known is not null && !IsNews(known, message)
            ? []
            : [new OrderShipped(
                message.Carrier ?? known?.Carrier, message.TrackingNumber ?? known?.TrackingNumber, message.TrackingUrl ?? known?.TrackingUrl, message.Reported,
                message.Parcel ?? known?.Parcel, message.ChangedAt, message.PromisedOn ?? known?.PromisedOn)];
    }

    /// <summary>Many shops tell the number, or the day, later, and some put it right.</summary>
    private static bool IsNews(OrderShipped known, ShipOrder message)
    {
        bool Tells<T>(T? before, T? now) => now is not null
            && (before is null || (!now.Equals(before) && message.ChangedAt > (known.ChangedAt ?? known.Reported.OccurredAt)));
        return (message.Parcel ?? message.TrackingNumber) is not null && (Tells(known.TrackingNumber, message.TrackingNumber) || Tells(known.PromisedOn, message.PromisedOn));
    }

    private static bool IsSame(OrderShipped parcel, ShipOrder message) => (message.Parcel, message.TrackingNumber) switch
    {
        ({ } id, _) => parcel.Parcel == id,
        (null, { } number) => parcel.TrackingNumber == number,
        _ => parcel.TrackingNumber is null && parcel.Reported.OccurredAt == message.Reported.OccurredAt,
    };
}
