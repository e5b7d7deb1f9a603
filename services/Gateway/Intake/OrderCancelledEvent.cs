using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderCancelledEvent
{
    public static EventType Type { get; } = new("order.cancelled", "orders", "An order was cancelled.",
        Read, """{ "order": "1002", "reason": "changed my mind" }""");

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context) =>
        (new CancelOrder(new OrderId(data.Id("order")), data.OptionalText("reason", 1000), reported), null);
}
