using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

internal static class ShopifyCustomer
{
    public static void Read(Fields customer, Findings found)
    {
        var id = new CustomerId(customer.Id("id"));
        var updated = found.Time(customer, "updated_at") ?? found.Time(customer, "created_at");
        var home = customer.OptionalObject("default_address");
        var contact = VendorFields.Contact(
            id, VendorFields.Name(customer), customer.LooseEmail("email"), customer.Loose("phone", 50) ?? home?.Loose("phone", 50),
            home is { } place ? VendorFields.Address(place, "zip", "country_code") : null, customer.LooseLanguage("locale"));
        if (contact is not null) found.Add($"customers/{id.Value}@{found.Version(updated, customer)}", null, found.At(updated), contact);
        ShopifyConsent.Read(customer, found.Customers(id.Value, customer.LooseEmail("email")), updated, found);
    }
}
