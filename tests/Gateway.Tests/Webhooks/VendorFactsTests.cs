using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Tests.Intake;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Webhooks.Payloads;

namespace Engagement.Gateway.Tests.Webhooks;

/// <summary>What each webhook becomes.</summary>
public class VendorFactsTests
{
    private const string Paid = "\"paid\"";

    private static readonly Dictionary<string, (string Vendor, string Topic, JsonObject Body)> Samples = new()
    {
        ["shopify.placed"] = ("shopify", "orders/create", ShopifyOrder()),
        ["shopify.paid"] = ("shopify", "orders/paid", ShopifyOrder().With(("/financial_status", Paid), ("/updated_at", "\"2026-01-15T12:45:00+01:00\""))),
        ["shopify.updated.paid-and-shipped"] = ("shopify", "orders/updated", ShopifyOrder().With(
            ("/financial_status", Paid), ("/fulfillment_status", "\"fulfilled\""), ("/updated_at", "\"2026-01-15T12:59:00+01:00\""),
            ("/fulfillments", new JsonArray(ShopifyFulfillment().With(("/shipment_status", "\"delivered\""))).ToJsonString()))),
        ["shopify.partial"] = ("shopify", "orders/updated", ShopifyOrder().With(
            ("/financial_status", Paid), ("/fulfillment_status", "\"partial\""),
            ("/fulfillments", new JsonArray(
                ShopifyFulfillment(1, null), ShopifyFulfillment(2), ShopifyFulfillment(3).With(("/status", "\"cancelled\"")),
                ShopifyFulfillment(4).With(("/shipment_status", "\"delivered\""))).ToJsonString()))),
        ["shopify.cancelled"] = ("shopify", "orders/cancelled", ShopifyOrder().With(
            ("/financial_status", "\"refunded\""), ("/cancelled_at", "\"2026-01-15T12:55:00+01:00\""), ("/cancel_reason", "\"customer\""),
                ("/refunds", new JsonArray(ShopifyRefund()).ToJsonString()))),
        ["shopify.guest.yen"] = ("shopify", "orders/create", ShopifyOrder().With(
            ("/customer", "null"), ("/customer_locale", "\"ja\""), ("/presentment_currency", "\"JPY\""),
                ("/total_price_set/presentment_money", """{"amount": "9840", "currency_code": "JPY"}"""),
            ("/line_items/0/price_set/presentment_money", """{"amount": "4090", "currency_code": "JPY"}"""),
                ("/line_items/1/price_set/presentment_money", """{"amount": "2464", "currency_code": "JPY"}"""))),
        ["shopify.half-told-currency"] = ("shopify", "orders/create", ShopifyOrder().With(
            ("/total_price_set/presentment_money", """{"amount": "64.10", "currency_code": "USD"}"""), ("/line_items/1/price_set", "null"))),
        ["shopify.over-the-counter"] = ("shopify", "orders/create", ShopifyOrder().With(
            ("/source_name", "\"pos\""), ("/email", "\"\""), ("/contact_email", "null"), ("/customer", "null"), ("/financial_status", Paid),
                ("/billing_address", "null"), ("/shipping_address", "null"))),
        ["shopify.sparse"] = ("shopify", "orders/create",
            JsonNode.Parse("""{"id": 7, "total_price": "1.00", "currency": "USD", "line_items": [], "email": "no address"}""")!.AsObject()),
        ["shopify.fulfillment"] = ("shopify", "fulfillments/update", ShopifyFulfillment().With(("/shipment_status", "\"in_transit\""))),
        ["shopify.fulfillment.delivered"] = ("shopify", "fulfillments/update", ShopifyFulfillment().With(("/shipment_status", "\"delivered\""))),
        ["shopify.event.delivered"] = ("shopify", "fulfillment_events/create", ShopifyEvent()),
        ["shopify.event.attempted"] = ("shopify", "fulfillment_events/create", ShopifyEvent().With(("/status", "\"attempted_delivery\""))),
        ["shopify.event.out"] = ("shopify", "fulfillment_events/create", ShopifyEvent().With(("/status", "\"out_for_delivery\""))),
        ["shopify.event.pickup"] = ("shopify", "fulfillment_events/create", ShopifyEvent().With(("/status", "\"ready_for_pickup\""))),
        ["shopify.event.failure"] = ("shopify", "fulfillment_events/create", ShopifyEvent().With(("/status", "\"failure\""))),
        ["shopify.event.scan"] = ("shopify", "fulfillment_events/create", ShopifyEvent().With(("/status", "\"in_transit\""))),
        ["shopify.deleted"] = ("shopify", "orders/delete", new JsonObject { ["id"] = 5820001 }),
        ["shopify.refund"] = ("shopify", "refunds/create", ShopifyRefund()),
        ["shopify.customer"] = ("shopify", "customers/update", ShopifyCustomer()),
        ["shopify.consent.given"] = ("shopify", "customers_email_marketing_consent/update", ShopifyConsent("subscribed")),
        ["shopify.consent.withdrawn"] = ("shopify", "customers_email_marketing_consent/update", ShopifyConsent()),
        ["shopify.consent.kept"] = ("shopify", "customers/update#permission", ShopifyCustomer()),
        ["shopify.redact"] = ("shopify", "customers/redact", ShopifyRedact()),
        ["woo.placed"] = ("woocommerce", "order.created", WooOrder()),
        ["woo.paid"] = ("woocommerce", "order.updated", WooOrder().With(("/status", "\"processing\""), ("/date_paid_gmt", "\"2026-01-15T11:40:00\""),
            ("/date_modified_gmt", "\"2026-01-15T11:40:01\""))),
        ["woo.guest.completed"] = ("woocommerce", "order.updated", WooOrder().With(
            ("/customer_id", "0"), ("/status", "\"completed\""), ("/date_paid_gmt", "\"2026-01-15T11:40:00\""),
                ("/date_completed_gmt", "\"2026-01-15T11:55:00\""), ("/prices_include_tax", "false"))),
        ["woo.failed"] = ("woocommerce", "order.updated", WooOrder().With(("/status", "\"failed\""))),
        ["woo.cancelled"] = ("woocommerce", "order.updated", WooOrder().With(("/status", "\"cancelled\""))),
        ["woo.refunded"] = ("woocommerce", "order.updated", WooOrder().With(
            ("/status", "\"processing\""), ("/date_paid_gmt", "\"2026-01-15T11:40:00\""),
                ("/refunds", """[{"id": 731, "reason": "rotta, scusi Giulia", "total": "-15.00"}, {"id": 732, "reason": "", "total": "-5.00"}]"""))),
        ["woo.deleted"] = ("woocommerce", "order.deleted", new JsonObject { ["id"] = 727 }),
        ["woo.restored"] = ("woocommerce", "order.restored", WooOrder()),
        ["shopify.cart"] = ("shopify", "carts/update", ShopifyCart()),
        ["shopify.cart.emptied"] = ("shopify", "carts/update", ShopifyCart().With(("/line_items", "[]"))),
        ["shopify.checkout"] = ("shopify", "checkouts/update", ShopifyCheckoutOf(ShopifyCart())),
        ["shopify.checkout.completed"] = ("shopify", "checkouts/update", ShopifyCheckoutOf(ShopifyCart()).With(("/completed_at", "\"2026-01-15T12:50:00+01:00\""))),
        ["shopify.checkout.sparse"] = ("shopify", "checkouts/create", ShopifyCheckout().With(("/cart_token", "null"))),
        ["woo.draft"] = ("woocommerce", "order.created", WooOrder().With(("/status", "\"checkout-draft\""))),
        ["woo.customer"] = ("woocommerce", "customer.updated", WooCustomer()),
    };

    public static TheoryData<string> Names => [.. Samples.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_webhook_becomes_facts_without_anything_personal_and_a_contact_to_be_sealed(string name)
    {
        var (vendor, topic, body) = Samples[name];
        var written = Webhook.Written(vendor, topic, body);

        foreach (var line in written.Split('\n').Where(line => !line.StartsWith("  sealed", StringComparison.Ordinal)))
            foreach (var word in new[] { "Giulia", "Rossi", "posta.example", "Via ", "011" }) line.ShouldNotContain(word, Case.Sensitive);
        Approved.Match(written, name);
    }

    /// <summary>Optional fields come and go with the API's versions and the shop's rights to its customers' data.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Every_field_but_those_a_fact_rests_on_may_be_null_or_missing(string name)
    {
        var (vendor, topic, body) = Samples[name];
        string[] needed = ["id", "order_id", "total_price", "total", "currency", "line_items", name == "shopify.redact" ? "customer" : ""];
        foreach (var field in body.Select(property => property.Key).Except(needed).ToArray())
        {
            Webhook.Read(vendor, topic, body.DeepClone().AsObject().With($"/{field}", "null")).Faults.Refuse().Faults.ShouldBeEmpty(field);
            Webhook.Read(vendor, topic, body.DeepClone().AsObject().Without($"/{field}")).Faults.Refuse().Faults.ShouldBeEmpty(field);
        }
    }

    [Theory]
    [InlineData("2025-06-01T10:00:00Z", true)]
    [InlineData("2026-01-14T10:00:00Z", false)]   // by a till that was offline
    public void An_order_that_was_brought_from_another_system_is_history(string processed, bool isHistory)
    {
        var order = ShopifyOrder().With(("/financial_status", Paid), ("/processed_at", $"\"{processed}\""));

        var found = Webhook.Read("shopify", "orders/paid", order).Found;
        found.Select(finding => finding.Fact).OfType<IOrderFact>().Select(fact => fact.Reported.Backfill).ShouldBe([isHistory, isHistory]);
    }

    [Theory]
    [InlineData("subscribed", true)]
    [InlineData("SUBSCRIBED", true)]
    [InlineData("unsubscribed", false)]
    [InlineData("redacted", false)]
    [InlineData("not_subscribed", null)]
    [InlineData("pending", null)]
    [InlineData("invalid", null)]
    [InlineData("something new", null)]
    public void Of_shopify_s_states_two_are_a_refusal_one_is_a_permission_and_the_others_say_nothing(string state, bool? granted) =>
        Permitted(Webhook.Read("shopify", "customers_email_marketing_consent/update", ShopifyConsent(state)).Found).ShouldBe(granted);

    [Theory]
    [InlineData("true", "null", true)]
    [InlineData("false", "\"2026-01-12T12:00:00+01:00\"", false)]
    [InlineData("false", "\"2026-01-10T12:00:00+01:00\"", null)]   // from the start: nobody has asked
    [InlineData("false", "null", null)]
    public void An_older_version_of_the_api_says_it_by_a_flag_and_its_time(string accepts, string changed, bool? granted) =>
        Permitted(Webhook.Read("shopify", "customers/update", ShopifyCustomer().Without("/email_marketing_consent")
            .With(("/accepts_marketing", accepts), ("/accepts_marketing_updated_at", changed))).Found).ShouldBe(granted);

    private static bool? Permitted(IEnumerable<Finding> found) =>
        found.Select(finding => finding.Fact).OfType<RecordPermission>().SingleOrDefault()?.Granted;

    [Fact]
    public void What_an_older_order_says_of_its_payment_may_be_long_past_and_a_younger_one_s_is_news()
    {
        var order = ShopifyOrder().With(("/financial_status", Paid), ("/created_at", "\"2026-01-12T12:00:00Z\""),
            ("/processed_at", "\"2026-01-12T12:00:00Z\""));
        DateTimeOffset PaidAt(string topic, DateTimeOffset connected) =>
            Webhook.Read("shopify", topic, order, connected).Found.Select(finding => finding.Fact).OfType<RecordPayment>().Single().Reported.OccurredAt;

        PaidAt("orders/updated", Shop.Noon.AddDays(-1)).ShouldBe(Shop.Noon.AddDays(-3));
        PaidAt("orders/updated", Shop.Noon.AddDays(-4)).ShouldBe(Shop.Noon.AddMinutes(-29).AddSeconds(-55));
        PaidAt("orders/paid", Shop.Noon.AddDays(-1)).ShouldBe(Shop.Noon.AddMinutes(-29).AddSeconds(-55));
    }

    [Fact]
    public void A_refund_whose_amount_is_still_pending_is_told_again_once_it_is_known()
    {
        Finding Told(string status) => Webhook.Read("shopify", "refunds/create", ShopifyRefund().With(("/transactions", $$"""
            [{"id": 1, "kind": "refund", "status": "{{status}}", "amount": "15.00", "currency": "EUR"}]
            """))).Found.ShouldHaveSingleItem();
        var (pending, known) = (Told("pending"), Told("success"));

        ((RecordRefund)pending.Fact!).Amount.ShouldBeNull();
        ((RecordRefund)known.Fact!).Amount.ShouldBe(new Money(15, "EUR"));
        known.Id.ShouldNotBe(pending.Id);   // else it would be passed over as a repeat
    }

    /// <summary>Any change of an order tells all that ever became of it, without a time of its own.</summary>
    [Theory]
    [InlineData("\"failed\"")]
    [InlineData("\"cancelled\"")]
    [InlineData("\"refunded\"")]
    public void What_became_of_a_woocommerce_order_that_is_older_than_the_connection_is_history(string status)
    {
        var order = WooOrder().With(("/status", status), ("/refunds", """[{"id": 731, "reason": "", "total": "-15.00"}]"""));
        bool[] Past(TimeSpan connected) =>
        [
            .. Webhook.Read("woocommerce", "order.updated", order, Shop.Noon + connected).Found.Select(finding => finding.Fact).OfType<IOrderFact>()
                .Where(fact => fact is not PlaceOrder).Select(fact => fact.Reported.Backfill).Distinct(),
        ];

        Past(TimeSpan.FromHours(-1)).ShouldBe([false]);
        Past(TimeSpan.FromMinutes(-1)).ShouldBe([true]);
    }

    [Theory]
    [InlineData("\"39.90\"", 20)]
    [InlineData("\"59.90\"", null)]
    [InlineData("\"-1.00\"", null)]
    [InlineData("null", null)]
    public void A_part_that_was_paid_is_told_as_far_as_it_is_known(string outstanding, int? paid)
    {
        var order = ShopifyOrder().With(("/financial_status", "\"partially_paid\""), ("/total_outstanding", outstanding));
        IEnumerable<Money?> Paid(JsonObject body) =>
            Webhook.Read("shopify", "orders/updated", body).Found.Select(finding => finding.Fact).OfType<RecordPayment>().Select(payment => payment.Amount);

        Paid(order).ShouldBe(paid is { } amount ? [new Money(amount, "EUR")] : []);
        Paid(order.With(("/line_items", "[]"), ("/total_price_set/presentment_money", """{"amount": "64.10", "currency_code": "USD"}"""))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/id", "null", "/id required")]
    [InlineData("/id", "{}", "/id wrong_type")]
    [InlineData("/total_price", "\"much\"", "/total_price not_an_amount")]
    [InlineData("/total_price", "\"1e9\"", "/total_price not_an_amount")]
    [InlineData("/total_price", "99999999999", "/total_price out_of_range")]
    [InlineData("/total_price", "1e400", "/total_price out_of_range")]
    [InlineData("/total_price", "\"-1\"", "/total_price out_of_range")]
    [InlineData("/total_price", "[]", "/total_price wrong_type")]
    [InlineData("/total_price", "null", "/total_price required")]
    [InlineData("/currency", "\"euro\"", "/currency not_a_currency")]
    [InlineData("/created_at", "\"2026-01-15T12:06:00Z\"", "/created_at in_the_future")]
    [InlineData("/updated_at", "\"9999-12-31T00:00:00Z\"", "/updated_at in_the_future")]
    [InlineData("/updated_at", "\"1999-12-31T00:00:00Z\"", "/updated_at too_early")]
    [InlineData("/updated_at", "\"yesterday\"", "/updated_at not_a_time")]
    [InlineData("/updated_at", "7", "/updated_at wrong_type")]
    [InlineData("/line_items", "{}", "/line_items wrong_type")]
    [InlineData("/line_items/1/quantity", "\"2\"", "/line_items/1/quantity wrong_type")]
    [InlineData("/line_items/1/quantity", "-2", "/line_items/1/quantity out_of_range")]
    [InlineData("/line_items/1/price", "true", "/line_items/1/price wrong_type")]
    [InlineData("/customer", "[]", "/customer wrong_type")]
    [InlineData("/customer/first_name", "{}", "/customer/first_name wrong_type")]
    [InlineData("/fulfillments", "[7]", "/fulfillments/0 wrong_type")]
    [InlineData("/refunds", "[{}]", "/refunds/0/id required")]
    public void What_is_wrong_is_told_with_its_place(string field, string json, string fault) =>
        Webhook.Read("shopify", "orders/updated", ShopifyOrder().With(field, json)).Faults.Refuse().ThenRefused(fault);

    [Theory]
    [InlineData("/date_modified_gmt", "\"2026-01-15T12:06:00\"", "/date_modified_gmt in_the_future")]
    [InlineData("/date_modified_gmt", "\"2026-01-15T12:00:00Z\"", "/date_modified_gmt not_a_time")]
    [InlineData("/date_paid_gmt", "false", "/date_paid_gmt wrong_type")]
    [InlineData("/total", "\"\"", "/total required")]
    [InlineData("/customer_id", "-1", "/customer_id wrong_type")]
    [InlineData("/line_items", "[7]", "/line_items/0 wrong_type")]
    [InlineData("/refunds", "[null]", "/refunds/0 wrong_type")]
    public void What_is_wrong_with_WooCommerce_s_is_told_too(string field, string json, string fault) =>
        Webhook.Read("woocommerce", "order.updated", WooOrder().With(field, json)).Faults.Refuse().ThenRefused(fault);

    [Fact]
    public void What_is_only_shown_is_cut_and_cleaned_rather_than_refused()
    {
        var order = ShopifyOrder().With(
            ("/line_items/0/title", $"\"{new string('x', 600)}\""), ("/line_items/1/title", "\"due\\nrighe\""), ("/email", "\"giulia at posta\""),
                ("/customer_locale", "\"??\""), ("/phone", "393331234567"));
        var found = Webhook.Read("shopify", "orders/create", order).Found[0];
        ((PlaceOrder)found.Fact!).Lines.Select(line => line.Title).ShouldBe([new string('x', 500), "due righe"]);
        (found.Contact!.Details.Email, found.Contact.Details.Phone, found.Contact.Language).ShouldBe(("giulia@posta.example", "393331234567", null));
    }
}
