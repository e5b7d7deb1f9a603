using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderPaidEvent
{
    public static EventType Type { get; } = new("order.paid", "orders", "An order was paid.", Read);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        CustomerId? customer = null;
        ContactFound? contact = null;
        if (data.OptionalObject("customer") is { } found)
            (customer, contact) = CustomerFields.Read(found, context);
        Money? amount = data.Has("amount") ? new Money(data.Amount("amount"), data.Currency("currency")) : null;
        return (new RecordPayment(new OrderId(data.Id("order")), amount, customer, reported), contact);
    }
}
