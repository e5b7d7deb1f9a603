using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ShipOrderHandler
{
    public static Task<OutgoingMessages> Handle(ShipOrder message, IDocumentSession session, CancellationToken ct) => session.Record(message, Decide, ct);

    /// <summary>An order can have several parcels; one is told by its tracking number, or by its time.</summary>
    internal static OrderEvent[] Decide(Order? order, ShipOrder message) => order?.Parcels.Any(parcel => IsSame(parcel, message)) == true
        ? []
        : [new OrderShipped(message.Carrier, message.TrackingNumber, message.TrackingUrl, message.Reported)];

    private static bool IsSame(OrderShipped parcel, ShipOrder message) => message.TrackingNumber is null
        ? parcel.TrackingNumber is null && parcel.Reported.OccurredAt == message.Reported.OccurredAt
        : parcel.TrackingNumber == message.TrackingNumber;
}
