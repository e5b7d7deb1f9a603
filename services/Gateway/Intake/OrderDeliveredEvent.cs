using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderDeliveredEvent
{
    public static EventType Type { get; } = new("order.delivered", "orders", "A parcel has arrived, or, where none is named, all of the order.",
        Read, """{ "order": "1001", "parcel": "p-1" }""");

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context) =>
        (new ConfirmDelivery(new OrderId(data.Id("order")), reported, data.OptionalId("parcel")), null);
}
