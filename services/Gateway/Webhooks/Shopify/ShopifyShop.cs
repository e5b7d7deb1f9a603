using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

/// <summary>Shopify's webhooks, in the shapes of its REST Admin API. Topics without an owner are kept for it.</summary>
internal static class ShopifyShop
{
    public static ShopSystem Vendor { get; } = new("shopify", "X-Shopify-Hmac-Sha256", "X-Shopify-Topic",
    [
        .. Named(ShopifyOrder.Read, "orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled"),
        .. Named(ShopifyOrder.ReadDeleted, "orders/delete"),
        .. Named(ShopifyFulfillment.Read, "fulfillments/create", "fulfillments/update"),
        .. Named(ShopifyFulfillment.ReadEvent, "fulfillment_events/create"),
        .. Named(ShopifyRefund.Read, "refunds/create"),
        .. Named(ShopifyCustomer.Read, "customers/create", "customers/update"),
        .. Named(ShopifyCart.Read, "carts/create", "carts/update"),
        .. Named(ShopifyCart.ReadCheckout, "checkouts/create", "checkouts/update"),
        .. Named((_, _) => { }, "checkouts/delete"),   // the shop tidied up: that says nothing of the customer
        .. Named(ShopifyConsent.Read, "customers_email_marketing_consent/update"),
        .. Named(ShopifyConsent.ReadCustomer, "customers/create#permission", "customers/update#permission"),   // kept when they had no owner
        .. Named(
            null,
            "customers/delete", "customers/merge",
            "subscription_contracts/create", "subscription_contracts/update", "subscription_contracts/activate",
            "subscription_contracts/pause", "subscription_contracts/cancel", "subscription_contracts/expire", "subscription_contracts/fail",
            "subscription_billing_attempts/success", "subscription_billing_attempts/failure", "subscription_billing_attempts/challenged"),
        new("customers/data_request", Duty: true), new("customers/redact", ShopifyRedact.Read, Duty: true), new("shop/redact", Duty: true),
    ])
    {
        HostHeader = "X-Shopify-Shop-Domain",
    };

    private static IEnumerable<Topic> Named(Action<Fields, Findings>? read, params string[] names) => names.Select(name => new Topic(name, read));
}
