using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderRefundedEvent
{
    public static EventType Type { get; } = new(
        "order.refunded", "orders", "Money was given back, the whole or a part; refund is the shop's own id of it.", Read,
        """{ "order": "1001", "refund": "r-1", "amount": 29.95, "currency": "EUR" }""");

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context) =>
        (new RecordRefund(new OrderId(data.Id("order")), data.Id("refund"), data.Money("amount", "currency"), reported), null);
}
