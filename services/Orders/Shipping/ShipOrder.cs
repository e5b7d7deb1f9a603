using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ShipOrderHandler
{
    public static Task<OutgoingMessages> Handle(ShipOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>Many shops tell a parcel's number, or its day, later, and some put it right: what is told as of later holds.</summary>
    internal static OrderEvent[] Decide(Order? order, ShipOrder message)
    {
        var told = new OrderShipped(
            message.Carrier, message.TrackingNumber, message.TrackingUrl, message.Reported, message.Parcel, message.ChangedAt, message.PromisedOn);
        if (order?.Parcels.FirstOrDefault(parcel => Order.IsSame(parcel, told)) is not { } known) return [told];
        var whole = AsOf(told) > AsOf(known) ? Filled(told, known) : Filled(known, told);
        return whole with { Reported = known.Reported, ChangedAt = known.ChangedAt } == known ? [] : [whole];
    }

    private static DateTimeOffset AsOf(OrderShipped parcel) => parcel.ChangedAt ?? parcel.Reported.OccurredAt;

    private static OrderShipped Filled(OrderShipped newer, OrderShipped older) => newer with
    {
        Carrier = newer.Carrier ?? older.Carrier, TrackingNumber = newer.TrackingNumber ?? older.TrackingNumber,
        TrackingUrl = newer.TrackingUrl ?? older.TrackingUrl, Parcel = newer.Parcel ?? older.Parcel, PromisedOn = newer.PromisedOn ?? older.PromisedOn,
    };
}
