using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ShipOrderHandler
{
    public static Task<OutgoingMessages> Handle(ShipOrder message, IDocumentSession session, CancellationToken ct) => session.Record(message, Decide, ct);

    /// <summary>An order can have several parcels; one is told by its id, else by its tracking number, or by its time.</summary>
    internal static OrderEvent[] Decide(Order? order, ShipOrder message) => order?.Parcels.FirstOrDefault(parcel => IsSame(parcel, message)) is { } known
        && !(known.TrackingNumber is null && message.TrackingNumber is not null)   // many shops tell the number later
            ? []
            : [new OrderShipped(message.Carrier, message.TrackingNumber, message.TrackingUrl, message.Reported, message.Parcel)];

    private static bool IsSame(OrderShipped parcel, ShipOrder message) => (message.Parcel, message.TrackingNumber) switch
    {
        ({ } id, _) => parcel.Parcel == id,
        (null, { } number) => parcel.TrackingNumber == number,
        _ => parcel.TrackingNumber is null && parcel.Reported.OccurredAt == message.Reported.OccurredAt,
    };
}
