using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ShipOrderHandler
{
    public static Task<OutgoingMessages> Handle(ShipOrder message, IDocumentSession session, CancellationToken ct) => session.Record(message, Decide, ct);

    /// <summary>An order can have several parcels; one is told by its id, else by its tracking number, or by its time.</summary>
    internal static OrderEvent[] Decide(Order? order, ShipOrder message) => order?.Parcels.FirstOrDefault(parcel => IsSame(parcel, message)) is { } known
        && !IsNews(known, message)
            ? []
            : [new OrderShipped(message.Carrier, message.TrackingNumber, message.TrackingUrl, message.Reported, message.Parcel, message.ChangedAt)];

    /// <summary>Many shops tell the number later, and some put it right.</summary>
    private static bool IsNews(OrderShipped known, ShipOrder message) =>
        (known.TrackingNumber is null && message.TrackingNumber is not null)
        || (message.TrackingNumber is not null && message.TrackingNumber != known.TrackingNumber
            && message.ChangedAt > (known.ChangedAt ?? known.Reported.OccurredAt));

    private static bool IsSame(OrderShipped parcel, ShipOrder message) => (message.Parcel, message.TrackingNumber) switch
    {
        ({ } id, _) => parcel.Parcel == id,
        (null, { } number) => parcel.TrackingNumber == number,
        _ => parcel.TrackingNumber is null && parcel.Reported.OccurredAt == message.Reported.OccurredAt,
    };
}
