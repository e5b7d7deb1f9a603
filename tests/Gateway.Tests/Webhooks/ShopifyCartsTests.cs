using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Tests.Intake;
using Engagement.Gateway.Webhooks;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Webhooks.Payloads;

namespace Engagement.Gateway.Tests.Webhooks;

/// <summary>Shopify's carts and checkouts, from the first thing in a cart to its order.</summary>
public sealed class ShopifyCartsTests(PostgresFixture postgres)
{
    private const string Guest = "guest-GIULIA@POSTA.EXAMPLE";

    [Fact]
    public async Task Changes_within_one_second_all_count_and_what_is_delivered_again_is_a_repeat()
    {
        await using var gateway = await Webhook.Open(postgres);
        JsonObject Cart(string at, int quantity) => ShopifyCart().With(("/updated_at", $"\"{at}\""), ("/line_items/0/quantity", $"{quantity}"));

        (await gateway.Shopify("carts/update", Cart("2026-01-15T11:40:00.100Z", 2))).ThenOk(accepted: 1);
        (await gateway.Shopify("carts/update", Cart("2026-01-15T11:40:00.900Z", 5))).ThenOk(accepted: 1);
        (await gateway.Shopify("carts/update", Cart("2026-01-15T11:40:00.100Z", 2))).ThenOk(accepted: 1, repeats: 1);

        (await Told<ChangeCart>(gateway, "carts")).Select(told => told.Lines[0].Quantity).ShouldBe([2, 5]);
    }

    [Fact]
    public async Task An_address_that_is_given_in_the_second_in_which_the_checkout_began_makes_its_customer_known()
    {
        await using var gateway = await Webhook.Open(postgres);
        var given = ShopifyCheckoutOf(ShopifyCart()).With(("/customer", "null"), ("/cart_token", "null"));

        (await gateway.Shopify("checkouts/create", given.DeepClone().AsObject().With("/email", "null"))).ThenOk(accepted: 2);
        (await gateway.Shopify("checkouts/update", given)).ThenOk(accepted: 2);
        (await gateway.Shopify("checkouts/create", given)).ThenOk(accepted: 2, repeats: 2);

        var told = await Told<ReachCheckoutStep>(gateway, "carts");
        told.Select(step => step.Visit!.Customer is not null).ShouldBe([false, true]);
        told[0].Reported.ShouldBe(told[1].Reported);
        (await Told<ContactSeen>(gateway, "messaging")).Select(seen => seen.HasEmail).ShouldBe([true]);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("false", null)]   // not ticked is not refused
    [InlineData("null", null)]
    [InlineData("7", null)]
    public void Who_ticks_marketing_in_the_checkout_permits_it_by_every_id_they_are_known_by(string ticked, bool? permits)
    {
        var checkout = ShopifyCheckoutOf(ShopifyCart()).With("/buyer_accepts_marketing", ticked);

        Permitted(Read(checkout)).ShouldBe(permits is null ? [] : [Said("720001"), Said(Guest)]);
        Permitted(Read(checkout.With("/customer", "null"))).ShouldBe(permits is null ? [] : [Said(Guest)]);
        Permitted(Read(checkout.With("/email", "null"))).ShouldBeEmpty();

        static RecordPermission Said(string customer) => new(
            new(customer), true, null, Channel.Email, PermissionBasis.Consent, "shopify checkout", new(Shop.Noon.AddMinutes(-15), Shop.Noon));
    }

    [Fact]
    public async Task It_is_told_once_of_a_checkout_so_that_a_refusal_since_is_not_undone_by_going_on()
    {
        await using var gateway = await Webhook.Open(postgres);
        var ticked = ShopifyCheckoutOf(ShopifyCart()).With(("/buyer_accepts_marketing", "true"), ("/customer", "null"));

        await gateway.Shopify("checkouts/create", ticked);
        await gateway.Shopify("checkouts/update", ticked.With("/updated_at", "\"2026-01-15T12:55:00+01:00\""));

        (await Told<RecordPermission>(gateway, "messaging")).ShouldHaveSingleItem().Reported.OccurredAt.ShouldBe(Shop.Noon.AddMinutes(-15));
    }

    [Theory]
    [InlineData("subscribed", true)]
    [InlineData("unsubscribed", false)]
    [InlineData("not_subscribed", null)]
    public void What_a_checkout_says_of_its_customer_s_consent_counts_as_of_its_own_time(string state, bool? permits)
    {
        var checkout = ShopifyCheckoutOf(ShopifyCart()).With(
            "/customer/email_marketing_consent", $$"""{"state": "{{state}}", "opt_in_level": null, "consent_updated_at": "2026-01-02T12:00:00Z"}""");

        Permitted(Read(checkout)).Select(said => (said.CustomerId.Value, said.Granted, said.Reported.OccurredAt)).ShouldBe(
            permits is { } granted
                ? [("720001", granted, new(2026, 1, 2, 12, 0, 0, default)), (Guest, granted, new(2026, 1, 2, 12, 0, 0, default))]
                : []);
    }

    [Fact]
    public void A_permission_without_a_time_of_its_own_is_as_old_as_its_customer_so_it_undoes_no_refusal()
    {
        var customer = ShopifyCustomer().With("/email_marketing_consent/consent_updated_at", "null");
        DateTimeOffset At(JsonObject told) =>
            Permitted(Webhook.Read("shopify", "customers/update", told).Found).Select(said => said.Reported.OccurredAt).Distinct().Single();

        At(customer).ShouldBe(new(2026, 1, 10, 11, 0, 0, default));
        At(customer.With("/email_marketing_consent/state", "\"unsubscribed\"")).ShouldBe(Shop.Noon.AddMinutes(-20));
    }

    /// <summary>As Shopify's documentation shows them, each with the fields that it has then.</summary>
    [Fact]
    public async Task From_a_guest_s_first_item_to_the_order_everything_is_told_of_carts_that_are_known_to_be_one()
    {
        await using var gateway = await Webhook.Open(postgres);
        var cart = ShopifyCart().With(("/updated_at", "\"2026-01-15T11:20:00.000Z\""), ("/line_items/0/quantity", "1"));
        var fuller = ShopifyCart().With("/updated_at", "\"2026-01-15T11:40:00.000Z\"");
        var begun = ShopifyCheckoutOf(fuller).With(
            ("/email", "null"), ("/customer", "null"), ("/shipping_address", "null"), ("/shipping_lines", "[]"), ("/buyer_accepts_marketing", "false"),
            ("/total_price", "\"29.90\""));
        var known = begun.DeepClone().AsObject().With(("/email", "\"giulia@posta.example\""), ("/buyer_accepts_marketing", "true"));
        var order = ShopifyOrder().With(("/customer", "null"), ("/created_at", "\"2026-01-15T11:50:00Z\""), ("/processed_at", "\"2026-01-15T11:50:00Z\""));

        (await gateway.Shopify("carts/create", cart)).ThenOk(accepted: 1);
        (await gateway.Shopify("carts/update", fuller)).ThenOk(accepted: 1);
        (await gateway.Shopify("checkouts/create", begun)).ThenOk(accepted: 3);
        (await gateway.Shopify("checkouts/update", known)).ThenOk(accepted: 4, repeats: 1);   // that its cart and its checkout are one is known
        (await gateway.Shopify("orders/create", order)).ThenOk(accepted: 1);

        List<string> told = [];
        foreach (var owner in new[] { "carts", "messaging", "orders" })
        {
            told.Add($"{owner}\n");
            foreach (var queued in await gateway.SentTo(owner))
            {
                var message = queued.Message is ContactSeen seen ? seen with { Contact = new("sealed") } : queued.Message;
                told.Add($"  {message.GetType().Name} {JsonSerializer.Serialize(message, message.GetType(), StoredJson.Options)}\n");
            }
        }

        var guest = (await Told<PlaceOrder>(gateway, "orders")).Single().Customer.Value;   // an HMAC
        Approved.Match(string.Concat(told).Replace(guest, "guest-giulia", StringComparison.Ordinal), "shopify.flow");
    }

    [Theory]
    [InlineData("null", null)]
    [InlineData("\"c0ffee\"", null)]
    [InlineData("\"beef?key=1\"", "beef")]
    public void A_checkout_that_names_its_cart_is_told_to_be_that_cart(string cart, string? into)
    {
        foreach (var completed in new[] { "null", "\"2026-01-15T12:50:00+01:00\"" })
        {
            var told = Read(ShopifyCheckoutOf(ShopifyCart()).With(("/cart_token", cart), ("/completed_at", completed)));
            told.Select(found => found.Fact).OfType<MergeCarts>().ShouldBe(
                into is null ? [] : [new(new(into), new("c0ffee"), null, null, null, new(Shop.Noon.AddMinutes(-15), Shop.Noon))]);
        }
    }

    [Fact]
    public void The_way_back_leads_to_the_shop_s_own_address_and_to_what_is_in_the_cart_now()
    {
        var cart = ShopifyCart().With("/line_items/1/quantity", "3");
        var checkout = ShopifyCheckoutOf(ShopifyCart()).With("/abandoned_checkout_url", "\"https://checkout.shopify.com/548380009/checkouts/1/recover?key=x\"");

        UrlOf(Read(checkout)).ShouldBe("https://bottega.myshopify.example/cart/808950810:2");
        UrlOf(Read(cart, "carts/update")).ShouldBe("https://bottega.myshopify.example/cart/808950810:2,457924702:3");
        UrlOf(Read(ShopifyCart().With("/line_items/0/variant_id", "null"), "carts/update")).ShouldBe("https://bottega.myshopify.example/cart");
        UrlOf(Read(ShopifyCart().With("/line_items", "[]"), "carts/update")).ShouldBeNull();
        UrlOf(Webhook.Read("shopify", "checkouts/update", checkout, host: null).Found).ShouldBeNull();

        var many = new JsonArray([.. Enumerable.Range(1, 200).Select(i => new JsonObject { ["variant_id"] = 808950810000 + i, ["quantity"] = 1 })]);
        UrlOf(Read(ShopifyCart().With("/line_items", many.ToJsonString()), "carts/update")).ShouldBe("https://bottega.myshopify.example/cart");
    }

    [Theory]
    [InlineData("bottega.myshopify.com", "https://bottega.myshopify.com/cart/808950810:2")]
    [InlineData("Bottega.MyShopify.com", "https://bottega.myshopify.com/cart/808950810:2")]
    [InlineData("", null)]
    [InlineData("bottega", null)]
    [InlineData("bottega..com", null)]
    [InlineData("-bottega.com", null)]
    [InlineData("192.0.2.7", null)]
    [InlineData("[2001:db8::7]", null)]
    [InlineData("bottega.com:8080", null)]
    [InlineData("giulia@bottega.com", null)]
    [InlineData("bottega.com/else", null)]
    [InlineData("bottega.com?x", null)]
    [InlineData("bottega.com, other.com", null)]
    public async Task A_shop_s_address_is_taken_from_the_header_where_it_is_the_name_of_a_host(string domain, string? url)
    {
        await using var gateway = await Webhook.Open(postgres);
        (await gateway.Shopify("carts/update", ShopifyCart(), domain: domain)).ThenOk(accepted: 1);
        (await Told<ChangeCart>(gateway, "carts")).Single().Visit.ShouldBe(url is null ? null : new CartVisit(Url: new Uri(url)));
    }

    [Theory]
    [InlineData("/line_items/0/price_set", "null", "EUR")]   // as the other line says
    [InlineData("/line_items", """[{"quantity": 1, "price": "5.00", "line_price_set": {"shop_money": {"amount": "5.00", "currency_code": "chf"}}}]""", "CHF")]
    [InlineData("/line_items", """[{"quantity": 1, "price": "5.00", "price_set": {"presentment_money": {"amount": "5.00", "currency_code": "JPY"}}}]""", "JPY")]
    [InlineData("/line_items", """[{"quantity": 1, "price": "5.00", "price_set": {"shop_money": {"currency_code": "euro"}}}]""", "")]
    [InlineData("/line_items", """[{"quantity": 1, "price": "5.00", "price_set": []}]""", "")]
    public void A_price_s_currency_is_looked_for_wherever_a_cart_may_say_it(string field, string json, string currency)
    {
        var cart = ShopifyCart().With(
            ("/line_items/1/quantity", "1"), ("/line_items/1/price_set", """{"shop_money": {"currency_code": "EUR"}}"""), (field, json));
        string Currency(JsonObject told) => Read(told, "carts/update").Select(found => found.Fact).OfType<ChangeCart>().Single().Lines[0].Price.Currency;

        Currency(cart).ShouldBe(currency);
        if (currency.Length == 0) Currency(cart.With("/presentment_currency", "\"USD\"")).ShouldBe("USD");
        Currency(cart.With("/currency", "\"GBP\"")).ShouldBe("GBP");
    }

    [Theory]
    [InlineData("/line_items/0/price", "\"-1.00\"")]
    [InlineData("/line_items/0/price", "\"much\"")]
    [InlineData("/line_items/0/price", "1e400")]
    [InlineData("/line_items/0/price", "[]")]
    [InlineData("/line_items/1/quantity", "-3")]
    [InlineData("/line_items/1/title", "{}")]
    [InlineData("/currency", "\"euro\"")]
    [InlineData("/total_price", "\"-5\"")]
    public void What_is_odd_in_a_cart_does_not_keep_the_rest_from_being_taken(string field, string json)
    {
        foreach (var (topic, body) in new[] { ("carts/update", ShopifyCart()), ("checkouts/update", ShopifyCheckoutOf(ShopifyCart())) })
        {
            var told = Read(body.With(field, json), topic).Select(found => found.Fact).OfType<ChangeCart>().Single();
            told.Lines.Select(line => (line.Title, line.Quantity)).ShouldBe([("Caffè in grani", 2)]);
            told.Lines[0].Price.Amount.ShouldBe(field == "/line_items/0/price" ? 0 : 14.95m);
            if (field == "/total_price") told.Total.ShouldBeNull();
        }
    }

    [Fact]
    public void Of_more_lines_than_a_cart_may_have_the_first_are_taken_and_of_more_pieces_the_most()
    {
        JsonNode Line(int i) => new JsonObject { ["title"] = $"Tazza {i}", ["quantity"] = 200_000, ["price"] = "1.00" };
        var lines = new JsonArray([.. Enumerable.Range(1, 1001).Select(Line)]);
        var told = Read(ShopifyCart().With("/line_items", lines.ToJsonString()), "carts/update").Select(found => found.Fact).OfType<ChangeCart>().Single();
        (told.Lines.Count, told.Lines[^1].Title, told.Lines[^1].Quantity).ShouldBe((1000, "Tazza 1000", 100_000));
    }

    [Theory]
    [InlineData("/line_items", "{}", "/line_items wrong_type")]
    [InlineData("/line_items", "[7]", "/line_items/0 wrong_type")]
    [InlineData("/line_items/0/quantity", "\"2\"", "/line_items/0/quantity wrong_type")]
    [InlineData("/updated_at", "\"2026-01-15T12:06:00Z\"", "/updated_at in_the_future")]
    public void What_is_no_cart_is_refused_rather_than_taken_for_an_empty_one(string field, string json, string fault) =>
        Webhook.Read("shopify", "carts/update", ShopifyCart().With(field, json)).Faults.Refuse().ThenRefused(fault);

    [Fact]
    public async Task That_a_checkout_was_deleted_says_nothing_of_its_customer_and_is_not_kept()
    {
        await using var gateway = await Webhook.Open(postgres);
        (await gateway.Shopify("checkouts/delete", JsonNode.Parse("""{"id": 981820079255243537, "presentment_currency": "EUR"}""")!)).ThenOk(accepted: 0);
        (await gateway.AsShop(HttpMethod.Get, "/v1/webhooks/kept")).Then(HttpStatusCode.OK).Text.ShouldBe("[]");
    }

    private static IReadOnlyList<Finding> Read(JsonObject body, string topic = "checkouts/update")
    {
        var (found, faults) = Webhook.Read("shopify", topic, body);
        faults.Refuse().Faults.ShouldBeEmpty();
        return found;
    }

    private static IEnumerable<RecordPermission> Permitted(IEnumerable<Finding> found) => found.Select(finding => finding.Fact).OfType<RecordPermission>();

    private static string? UrlOf(IEnumerable<Finding> found) =>
        found.Select(finding => finding.Fact).OfType<ICartFact>().Select(fact => fact.Visit?.Url).SingleOrDefault(url => url is not null)?.AbsoluteUri;

    private static async Task<T[]> Told<T>(ServiceHost gateway, string owner) =>
        [.. (await gateway.SentTo(owner)).Select(queued => queued.Message).OfType<T>()];
}
