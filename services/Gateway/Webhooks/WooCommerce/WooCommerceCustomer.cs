using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.WooCommerce;

internal static class WooCommerceCustomer
{
    public static void Read(Fields customer, Findings found)
    {
        var id = new CustomerId(customer.Id("id"));
        var modified = found.Time(customer, "date_modified_gmt", utc: true) ?? found.Time(customer, "date_created_gmt", utc: true);
        var billing = customer.OptionalObject("billing");
        var contact = VendorFields.Contact(
            id, VendorFields.Name(customer) ?? (billing is { } payer ? VendorFields.Name(payer) : null), customer.LooseEmail("email")
                ?? billing?.LooseEmail("email"),
            billing?.Loose("phone", 50), billing is { } home ? VendorFields.Address(home, "postcode", "country") : null, null);
        if (contact is not null) found.Add($"customers/{id.Value}@{found.Version(modified, customer)}", null, found.At(modified), contact);
    }
}
