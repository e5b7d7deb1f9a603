using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderPaidEvent
{
    public static EventType Type { get; } = new("order.paid", "orders", "An order was paid, the whole or a part; payment is the shop's own id of it.", Read, """
        { "order": "1001", "payment": "t-1", "amount": "59.90", "currency": "EUR",
          "customer": { "id": "c-1", "email": "giulia@example.org", "language": "it" } }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        CustomerId? customer = null;
        ContactFound? contact = null;
        if (data.OptionalObject("customer") is { } found)
            (customer, contact) = CustomerFields.Read(found, context);
        var payment = new RecordPayment(
            new OrderId(data.Id("order")), data.OptionalMoney("amount", "currency"), customer, reported, data.OptionalId("payment"));
        return (payment, contact);
    }
}
