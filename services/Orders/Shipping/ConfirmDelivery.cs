using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ConfirmDeliveryHandler
{
    public static Task<OutgoingMessages> Handle(ConfirmDelivery message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>A parcel arrives once, and so does the whole.</summary>
    internal static OrderEvent[] Decide(Order? order, ConfirmDelivery message) =>
        order?.Deliveries.Any(delivery => (delivery.Parcel is null) == (message.Parcel is null) && order.AreOfOne(delivery.Parcel, message.Parcel)) == true
            ? []
            : [new OrderDelivered(message.Reported, message.Parcel)];
}
