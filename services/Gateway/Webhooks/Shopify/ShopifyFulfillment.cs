using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

internal sealed record Parcel(bool IsDelivered, DateTimeOffset? Updated);

/// <summary>A parcel, and what its carrier tells.</summary>
internal static class ShopifyFulfillment
{
    public static void Read(Fields parcel, Findings found)
    {
        var order = new OrderId(parcel.Id("order_id"));
        if (Read(parcel, order, found) is { IsDelivered: true } delivered)
            found.Add(
                $"fulfillments/{parcel.Id("id")}/delivered", new ConfirmDelivery(order, found.At(delivered.Updated), parcel.Id("id")), found.At(delivered.Updated));
    }

    /// <summary>Null where nothing was sent, or it was taken back.</summary>
    public static Parcel? Read(Fields parcel, OrderId order, Findings found)
    {
        var id = parcel.Id("id");
        var created = found.Time(parcel, "created_at");
        var updated = found.Time(parcel, "updated_at") ?? created;
        var (carrier, number, url) = (parcel.Loose("tracking_company", 200), parcel.Loose("tracking_number", 200), parcel.LooseUrl("tracking_url"));
        if (parcel.Loose("status", 50) is not (null or "success")) return null;
        found.Add(
            $"fulfillments/{id}@{Findings.Version(updated ?? found.Now)}/{number}", new ShipOrder(order, carrier, number, url, found.At(created), id, updated),
                found.At(updated));
        return new Parcel(parcel.Loose("shipment_status", 50) == "delivered", updated);
    }

    public static void ReadEvent(Fields told, Findings found)
    {
        var order = new OrderId(told.Id("order_id"));
        var id = told.Id("id");
        var happened = found.Time(told, "happened_at") ?? found.Time(told, "created_at");
        var parcel = told.LooseId("fulfillment_id");
        object? fact = told.Loose("status", 50) switch
        {
            "delivered" => new ConfirmDelivery(order, found.At(happened), parcel),
            "out_for_delivery" => Report(ParcelFate.OutForDelivery),
            "attempted_delivery" => Report(ParcelFate.DeliveryAttempted),
            "ready_for_pickup" => Report(ParcelFate.ReadyForPickup),
            "failure" => Report(ParcelFate.Lost),
            _ => null,   // a label, a scan on the way: nothing to write about
        };
        if (fact is not null) found.Add($"fulfillment_events/{id}", fact, found.At(happened));

        ReportParcel Report(ParcelFate fate) => new(order, parcel, fate, found.At(happened));
    }
}
