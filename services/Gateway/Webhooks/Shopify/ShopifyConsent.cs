using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

/// <summary>Whether a customer takes marketing by e-mail: a state with its time, told with the customer and by itself.</summary>
internal static class ShopifyConsent
{
    /// <summary><c>customers_email_marketing_consent/update</c>.</summary>
    public static void Read(Fields told, Findings found)
    {
        if (found.Customer(told.LooseId("customer_id"), told.LooseEmail("email_address")) is { } customer) Read(told, customer, null, found);
    }

    /// <summary>A customer as they are, for what was kept before permissions had an owner.</summary>
    public static void ReadCustomer(Fields customer, Findings found) => Read(customer, new CustomerId(customer.Id("id")), found.Time(customer, "updated_at"), found);

    public static void Read(Fields told, CustomerId customer, DateTimeOffset? updated, Findings found)
    {
        if (told.OptionalObject("email_marketing_consent") is { } consent)
        {
            bool? granted = consent.Loose("state", 50)?.ToUpperInvariant() switch
            {
                "SUBSCRIBED" => true,
                "UNSUBSCRIBED" or "REDACTED" => false,
                _ => null,   // pending, never asked, no address: nobody has said anything
            };
            Add(granted, found.Time(consent, "consent_updated_at") ?? updated, consent.Loose("opt_in_level", 50));
        }
        else if (told.TryGet("accepts_marketing", out _))   // of older versions of the API
        {
            var accepts = told.Flag("accepts_marketing");
            var changed = found.Time(told, "accepts_marketing_updated_at");
            // False from the start says that nobody has asked.
            if (accepts || changed > found.Time(told, "created_at")) Add(accepts, changed ?? updated, told.Loose("marketing_opt_in_level", 50));
        }

        void Add(bool? granted, DateTimeOffset? at, string? level)
        {
            if (granted is not { } permits) return;
            var reported = found.At(at);
            var evidence = permits ? $"shopify {level ?? "subscribed"}" : null;
            found.Add(
                $"customers/{customer.Value}/consent@{Findings.Version(reported.OccurredAt)}/{permits}",
                new RecordPermission(customer, permits, null, Channel.Email, PermissionBasis.Consent, evidence, reported), reported);
        }
    }
}
