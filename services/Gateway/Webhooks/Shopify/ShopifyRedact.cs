using Engagement.Gateway.Erasing;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

/// <summary><c>customers/redact</c>: a customer is to be erased. Their orders hold nothing personal here.</summary>
internal static class ShopifyRedact
{
    public static void Read(Fields told, Findings found)
    {
        if (told.Object("customer") is not { } customer) return;
        var (id, email) = (customer.LooseId("id"), customer.LooseEmail("email"));
        customer.OneOf(id is not null || email is not null, "A customer needs an id or an e-mail address.", "id", "email");
        var reported = found.At(null);
        // Each time anew: who came back may ask again.
        found.Add($"customers/redact@{found.Now.UtcTicks}/{id ?? found.Customer(null, email)?.Value}", new EraseCustomer(found.Customers(id, email), reported), reported);
    }
}
