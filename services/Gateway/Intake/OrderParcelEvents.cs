using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>What carriers tell of a parcel on its way: one reader, a type for each.</summary>
internal static class OrderParcelEvents
{
    private const string Example = """{ "order": "1001", "parcel": "p-1" }""";

    public static EventType OutForDelivery { get; } = Of("order.out_for_delivery", ParcelFate.OutForDelivery, "The carrier is bringing the parcel today.");

    public static EventType DeliveryAttempted { get; } = Of("order.delivery_attempted", ParcelFate.DeliveryAttempted, "The carrier came, and nobody could take it.");

    public static EventType ReadyForPickup { get; } = Of("order.ready_for_pickup", ParcelFate.ReadyForPickup, "The parcel waits where the customer fetches it.");

    public static EventType Lost { get; } = Of("order.lost", ParcelFate.Lost, "The carrier can't find the parcel, or can't deliver it.");

    public static EventType Returned { get; } = Of("order.returned", ParcelFate.Returned, "The parcel is with the shop again.");

    private static EventType Of(string name, ParcelFate fate, string summary) => new(name, "orders", summary,
        (data, reported, _) => (new ReportParcel(new OrderId(data.Id("order")), data.OptionalId("parcel"), fate, reported), null), Example);
}
