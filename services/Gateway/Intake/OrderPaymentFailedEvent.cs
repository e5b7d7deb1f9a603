using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderPaymentFailedEvent
{
    public static EventType Type { get; } = new("order.payment_failed", "orders", "A payment did not go through.",
        Read, """{ "order": "1001", "reason": "card expired", "payUrl": "https://example.org/pay/1001" }""");

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context) =>
        (new RecordPaymentFailure(new OrderId(data.Id("order")), data.OptionalText("reason", 1000), reported, data.OptionalWebAddress("payUrl")), null);
}
