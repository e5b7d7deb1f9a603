using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderDeliveredEvent
{
    public static EventType Type { get; } = new("order.delivered", "orders", "The parcel has arrived.",
        Read, """{ "order": "1001" }""");

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context) =>
        (new ConfirmDelivery(new OrderId(data.Id("order")), reported), null);
}
