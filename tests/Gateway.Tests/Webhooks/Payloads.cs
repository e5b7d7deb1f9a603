using System.Text.Json.Nodes;
using Engagement.Gateway.Tests.Intake;

namespace Engagement.Gateway.Tests.Webhooks;

/// <summary>What the shop systems send, in the shapes they publish; made up, as is everybody in it.</summary>
internal static class Payloads
{
    public static JsonObject ShopifyOrder() => JsonNode.Parse("""
        {
          "id": 5820001, "admin_graphql_api_id": "gid://shopify/Order/5820001", "name": "#1042", "order_number": 1042, "test": false, "source_name": "web",
          "email": "giulia@posta.example", "contact_email": "giulia@posta.example", "phone": null, "buyer_accepts_marketing": false,
          "financial_status": "pending", "fulfillment_status": null, "cancelled_at": null, "cancel_reason": null, "closed_at": null, "confirmed": true,
          "created_at": "2026-01-15T12:30:00+01:00", "processed_at": "2026-01-15T12:30:00+01:00", "updated_at": "2026-01-15T12:30:05+01:00",
          "currency": "EUR", "presentment_currency": "EUR", "total_price": "59.90", "subtotal_price": "54.90", "total_tax": "9.90", "taxes_included": true,
          "total_price_set": {"shop_money": {"amount": "59.90", "currency_code": "EUR"}, "presentment_money": {"amount": "59.90", "currency_code": "EUR"}},
          "customer_locale": "it-IT", "cart_token": null, "checkout_token": "c0ffee", "note": "Citofonare\nRossi", "note_attributes": [], "tags": "",
          "client_details": {"accept_language": null, "browser_ip": "192.0.2.7", "user_agent": null},
          "customer": {"id": 720001, "email": "giulia@posta.example", "first_name": "Giulia", "last_name": "Rossi", "phone": null, "state": "enabled",
            "default_address": {"id": 1, "address1": "Via Roma 1", "address2": null, "city": "Torino", "zip": "10121", "country": "Italy",
                "country_code": "IT"}},
          "billing_address": {"first_name": "Giulia", "last_name": "Rossi", "address1": "Via Roma 1", "address2": "", "city": "Torino", "zip": "10121",
              "country_code": "IT", "phone": "+39 011 1234567"},
          "shipping_address": {"first_name": "Giulia", "last_name": "Rossi", "address1": "Via Po 2", "address2": "Scala B", "city": "Torino", "zip": "10124",
              "country_code": "IT", "phone": null},
          "line_items": [
            {"id": 1, "title": "Caffè in grani", "name": "Caffè in grani - 1 kg", "variant_title": "1 kg", "quantity": 1, "current_quantity": 1,
                "price": "24.90", "sku": "CF-1", "total_discount": "0.00",
             "price_set": {"shop_money": {"amount": "24.90", "currency_code": "EUR"}, "presentment_money": {"amount": "24.90", "currency_code": "EUR"}}},
            {"id": 2, "title": "Tazza", "quantity": 2, "price": "15.00", "sku": null,
             "price_set": {"shop_money": {"amount": "15.00", "currency_code": "EUR"}, "presentment_money": {"amount": "15.00", "currency_code": "EUR"}}}
          ],
          "shipping_lines": [{"title": "Standard", "price": "5.00"}], "fulfillments": [], "refunds": []
        }
        """)!.AsObject();

    public static JsonObject ShopifyFulfillment(int id = 420001, string? number = "ZA17") => JsonNode.Parse($$"""
        {
          "id": {{id}}, "order_id": 5820001, "name": "#1042.1", "status": "success", "shipment_status": null, "service": "manual", "location_id": 1,
          "created_at": "2026-01-15T12:50:00+01:00", "updated_at": "2026-01-15T12:50:00+01:00", "tracking_company": "Poste Italiane",
          "tracking_number": {{(number is null ? "null" : $"\"{number}\"")}}, "tracking_numbers": [],
              "tracking_url": {{(number is null ? "null" : $"\"https://track.example/{number}\"")}},
          "email": "giulia@posta.example", "destination": {"first_name": "Giulia", "address1": "Via Po 2"}, "line_items": [{"id": 1, "quantity": 1}]
        }
        """)!.AsObject();

    public static JsonObject ShopifyEvent(string status = "delivered") => JsonNode.Parse($$"""
        {
          "id": 930001, "fulfillment_id": 420001, "order_id": 5820001, "shop_id": 1, "status": "{{status}}", "message": null,
              "happened_at": "2026-01-15T12:58:00+01:00",
          "city": "Torino", "province": null, "country": "Italy", "zip": "10124", "created_at": "2026-01-15T12:58:01+01:00",
              "updated_at": "2026-01-15T12:58:01+01:00"
        }
        """)!.AsObject();

    public static JsonObject ShopifyRefund(int id = 880001) => JsonNode.Parse($$"""
        {
          "id": {{id}}, "order_id": 5820001, "created_at": "2026-01-15T12:55:00+01:00", "processed_at": "2026-01-15T12:55:00+01:00",
              "note": "Una tazza rotta, scusi Giulia", "restock": true, "user_id": 1,
          "refund_line_items": [{"id": 1, "quantity": 1, "line_item_id": 2, "subtotal": 15.0, "total_tax": 0.0}], "order_adjustments": [],
          "transactions": [
            {"id": 1, "order_id": 5820001, "kind": "refund", "status": "failure", "amount": "15.00", "currency": "EUR"},
            {"id": 2, "order_id": 5820001, "kind": "refund", "status": "success", "amount": "10.00", "currency": "EUR"},
            {"id": 3, "order_id": 5820001, "kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"}
          ]
        }
        """)!.AsObject();

    public static JsonObject ShopifyCustomer() => JsonNode.Parse("""
        {
          "id": 720001, "email": "giulia@posta.example", "created_at": "2026-01-10T12:00:00+01:00", "updated_at": "2026-01-15T12:40:00+01:00",
              "first_name": "Giulia", "last_name": "Bianchi",
          "orders_count": 3, "state": "enabled", "note": null, "verified_email": true, "phone": "+390111234567", "tags": "", "currency": "EUR",
          "email_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": "2026-01-15T12:40:00+01:00"},
          "addresses": [], "default_address": {"id": 1, "address1": "Via Roma 1", "city": "Torino", "zip": "10121", "country_code": "IT"}
        }
        """)!.AsObject();

    public static JsonObject ShopifyConsent(string state = "unsubscribed") => JsonNode.Parse($$"""
        {
          "customer_id": 720001, "email_address": "giulia@posta.example",
          "email_marketing_consent": {"state": "{{state}}", "opt_in_level": "confirmed_opt_in", "consent_updated_at": "2026-01-15T12:50:00+01:00",
              "consent_collected_from": "OTHER"}
        }
        """)!.AsObject();

    public static JsonObject ShopifyCheckout() => JsonNode.Parse("""
        {"id": 1, "token": "c0ffee", "cart_token": "beef", "email": "giulia@posta.example",
            "abandoned_checkout_url": "https://shop.example/c0ffee/recover?key=1", "completed_at": null, "buyer_accepts_marketing": true, "customer": null}
        """)!.AsObject();

    public static JsonObject ShopifyCart() => JsonNode.Parse("""
        {"id": "beef", "token": "beef?key=1", "note": "", "created_at": "2026-01-15T12:20:00+01:00", "updated_at": "2026-01-15T12:40:00+01:00",
         "line_items": [
           {"id": 1, "variant_id": 808950810, "title": "Caffè in grani", "quantity": 2, "price": "14.95", "sku": "CF-1", "vendor": "demo",
            "price_set": {"shop_money": {"amount": "14.95", "currency_code": "EUR"}}},
           {"id": 2, "variant_id": 457924702, "title": "Tazza", "quantity": 0, "price": "10.00", "sku": ""}]}
        """)!.AsObject();

    public static JsonObject ShopifyCheckoutOf(JsonObject cart)
    {
        var checkout = JsonNode.Parse("""
            {"id": 1, "token": "c0ffee", "cart_token": "beef", "email": "giulia@posta.example", "currency": "EUR", "total_price": "34.90", "customer_locale": "it-IT",
             "abandoned_checkout_url": "https://shop.example/c0ffee/recover?key=1", "completed_at": null, "updated_at": "2026-01-15T12:45:00+01:00",
             "customer": {"id": 720001, "first_name": "Giulia", "last_name": "Rossi"}, "shipping_lines": [{"title": "Corriere"}],
             "shipping_address": {"address1": "Via Roma 1", "city": "Torino", "zip": "10121", "country_code": "IT"} }
            """)!.AsObject();
        checkout["line_items"] = cart["line_items"]!.DeepClone();
        return checkout;
    }

    public static JsonObject ShopifyRedact() => JsonNode.Parse("""
        {"shop_id": 1, "shop_domain": "demo.myshopify.example", "customer": {"id": 720001, "email": "giulia@posta.example", "phone": "+390111234567"},
            "orders_to_redact": [5820001]}
        """)!.AsObject();

    public static JsonObject WooOrder() => JsonNode.Parse("""
        {
          "id": 727, "parent_id": 0, "number": "727", "order_key": "wc_order_58d2d042d1d", "created_via": "checkout", "version": "9.4.1",
              "status": "pending", "currency": "EUR",
          "date_created": "2026-01-15T12:30:00", "date_created_gmt": "2026-01-15T11:30:00", "date_modified": "2026-01-15T12:30:05",
              "date_modified_gmt": "2026-01-15T11:30:05",
          "discount_total": "0.00", "shipping_total": "5.00", "total": "59.90", "total_tax": "9.90", "prices_include_tax": true, "customer_id": 26,
              "customer_ip_address": "192.0.2.7",
          "customer_user_agent": "", "customer_note": "Citofonare Rossi",
          "billing": {"first_name": "Giulia", "last_name": "Rossi", "company": "", "address_1": "Via Roma 1", "address_2": "", "city": "Torino",
              "state": "TO", "postcode": "10121", "country": "IT", "email": "giulia@posta.example", "phone": "+39 011 1234567"},
          "shipping": {"first_name": "Giulia", "last_name": "Rossi", "company": "", "address_1": "Via Po 2", "address_2": "Scala B", "city": "Torino",
              "state": "TO", "postcode": "10124", "country": "IT"},
          "payment_method": "paypal", "payment_method_title": "PayPal", "transaction_id": "", "date_paid": null, "date_paid_gmt": null,
              "date_completed": null, "date_completed_gmt": null,
          "cart_hash": "", "meta_data": [{"id": 1, "key": "_wpml_language", "value": "it"}],
          "line_items": [
            {"id": 315, "name": "Caffè in grani", "product_id": 93, "variation_id": 0, "quantity": 1, "subtotal": "20.41", "total": "20.41",
                "total_tax": "4.49", "sku": "CF-1", "price": 20.409836065573771},
            {"id": 316, "name": "Tazza", "product_id": 22, "quantity": 2, "subtotal": "24.59", "total": "24.59", "total_tax": "5.41", "sku": "",
                "price": 12.295081967213115}
          ],
          "tax_lines": [], "shipping_lines": [{"id": 317, "method_title": "Corriere", "method_id": "flat_rate", "total": "5.00"}], "fee_lines": [],
              "coupon_lines": [], "refunds": []
        }
        """)!.AsObject();

    public static JsonObject WooCustomer() => JsonNode.Parse("""
        {
          "id": 26, "date_created_gmt": "2026-01-10T11:00:00", "date_modified_gmt": "2026-01-15T11:40:00", "email": "giulia@posta.example",
              "first_name": "Giulia", "last_name": "Bianchi", "role": "customer",
          "username": "giulia", "billing": {"first_name": "Giulia", "last_name": "Bianchi", "address_1": "Via Roma 1", "city": "Torino", "postcode": "10121",
              "country": "IT", "email": "giulia@posta.example", "phone": "+39 011 1234567"},
          "shipping": {"first_name": "", "last_name": "", "address_1": "", "city": "", "postcode": "", "country": ""}, "is_paying_customer": false,
              "meta_data": []
        }
        """)!.AsObject();

    /// <summary>Several places at once, as JSON.</summary>
    public static JsonObject With(this JsonObject whole, params (string Pointer, string Json)[] changes) =>
        changes.Aggregate(whole, (changed, change) => changed.With(change.Pointer, change.Json));
}
