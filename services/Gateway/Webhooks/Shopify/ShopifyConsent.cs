using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

/// <summary>Whether a customer takes marketing by e-mail: a state with its time, told with the customer and by itself.</summary>
internal static class ShopifyConsent
{
    /// <summary><c>customers_email_marketing_consent/update</c>.</summary>
    public static void Read(Fields told, Findings found) =>
        Read(told, found.Customers(told.LooseId("customer_id"), told.LooseEmail("email_address")), null, found);

    /// <summary>A customer as they are, for what was kept before permissions had an owner.</summary>
    public static void ReadCustomer(Fields customer, Findings found) =>
        Read(customer, found.Customers(customer.Id("id"), customer.LooseEmail("email")), found.Time(customer, "updated_at"), found);

    /// <param name="customers">Every id of theirs: as a guest they may have left a cart.</param>
    public static void Read(Fields told, IReadOnlyList<CustomerId> customers, DateTimeOffset? updated, Findings found)
    {
        if (told.OptionalObject("email_marketing_consent") is { } consent)
        {
            bool? granted = consent.Loose("state", 50)?.ToUpperInvariant() switch
            {
                "SUBSCRIBED" => true,
                "UNSUBSCRIBED" or "REDACTED" => false,
                _ => null,   // pending, never asked, no address: nobody has said anything
            };
            Add(granted, found.Time(consent, "consent_updated_at"), consent.Loose("opt_in_level", 50));
        }
        else if (told.TryGet("accepts_marketing", out _))   // of older versions of the API
        {
            var accepts = told.Flag("accepts_marketing");
            var changed = found.Time(told, "accepts_marketing_updated_at");
            // False from the start says that nobody has asked.
            if (accepts || changed > found.Time(told, "created_at")) Add(accepts, changed, told.Loose("marketing_opt_in_level", 50));
        }

        void Add(bool? granted, DateTimeOffset? at, string? level)
        {
            if (granted is not { } permits) return;
            // Without a time of its own a permission must not be newer than a refusal because the customer moved house since.
            var reported = found.At(at ?? (permits ? found.Time(told, "created_at") : null) ?? updated);
            foreach (var customer in customers)
                found.Add(
                    $"customers/{customer.Value}/consent@{Findings.Version(reported.OccurredAt)}/{permits}",
                    Said(customer, permits, permits ? $"shopify {level ?? "subscribed"}" : null, reported), reported);
        }
    }

    /// <summary>Of all that can be refused.</summary>
    public static RecordPermission Said(CustomerId customer, bool permits, string? evidence, Reported reported) =>
        new(customer, permits, null, Channel.Email, PermissionBasis.Consent, evidence, reported);
}
