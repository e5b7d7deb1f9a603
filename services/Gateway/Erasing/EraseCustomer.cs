using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Erasing;

/// <summary>A shop tells that a customer is to be erased, under each id that we may know them by. Taken here: each owner is told, and what is kept here goes.</summary>
/// <param name="Customers">The shop's own id, and that of the guest with the e-mail address.</param>
public sealed record EraseCustomer(IReadOnlyList<CustomerId> Customers, Reported Reported)
{
    public IEnumerable<CustomerErased> Told() => Customers.Select(customer => new CustomerErased(customer, Reported));
}

internal static class CustomerErasedEvent
{
    public static EventType Type { get; } = new(
        "customer.erased", "messaging", "A customer's data must be erased everywhere, for good: name the id, the e-mail address, or both.", Read,
        """{ "customer": { "id": "c-9", "email": "marco@example.org" } }""");

    /// <summary>No contact comes of it, whatever else it says.</summary>
    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context) =>
        (new EraseCustomer(data.Object("customer") is { } customer ? CustomerFields.ReadIds(customer, context) : [], reported), null);
}

internal static class Forgetting
{
    /// <summary>What nobody owns yet and was sealed for these customers. What is owed to them stays until it is done.</summary>
    public static void ForgetKeptOf(this IDocumentSession session, IEnumerable<CustomerId> customers) => session.QueueSqlCommand(
        "delete from gateway.mt_doc_keptwebhook where tenant_id = ? and data ->> 'Customer' = any(?) and data ->> 'DueAt' is null",
        session.TenantId, customers.Select(customer => customer.Value).ToArray());
}
