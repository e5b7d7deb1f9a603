using System.Text.Json;
using System.Text.Json.Serialization;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.Testing;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>What each type of event becomes, and what its data must look like.</summary>
public class EventTypesTests
{
    private static readonly JsonSerializerOptions s_stored = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public static TheoryData<string> Types => [.. Shop.Types];

    [Theory, MemberData(nameof(Types))]
    public void An_event_becomes_a_fact_for_its_owner_and_the_personal_part_goes_apart(string type)
    {
        var read = Shop.Publish(Shop.Event(type)).ThenTaken().ShouldHaveSingleItem();

        var fact = JsonSerializer.Serialize(read.Fact, s_stored);
        JsonSerializer.Serialize(JsonSerializer.Deserialize(fact, read.Fact.GetType(), s_stored), s_stored).ShouldBe(fact);
        Approved.Match($"{read.Type.Owner} gets {read.Fact.GetType().Name}\n{fact}\ncontact\n{JsonSerializer.Serialize(read.Contact, s_stored)}\n", type);
    }

    [Theory, MemberData(nameof(Types))]
    public void An_event_without_what_it_is_about_is_refused(string type)
    {
        var about = type.Split('.')[0] switch { "order" => "/data/order", "cart" or "checkout" => "/data/cart", _ => "/data/customer" };
        Shop.Publish(Shop.Event(type).Without(about)).ThenRefused($"{about} required");
    }

    [Fact]
    public void What_a_cart_s_customer_has_given_is_told_by_name_and_the_details_go_apart()
    {
        var read = Shop.Publish(Shop.Event("checkout.step_reached")).ThenTaken().ShouldHaveSingleItem();
        var visit = read.Fact.ShouldBeOfType<ReachCheckoutStep>().Visit!;
        (visit.Customer, visit.Language, visit.Url).ShouldBe((read.Contact!.Customer, read.Contact.Language, new Uri("https://shop.example/cart/abc")));
        visit.Given.ShouldBe(["address", "email", "name", "phone", "shipping_method"]);
    }

    [Fact]
    public void A_cart_of_nobody_is_a_cart_too() =>
        Shop.Publish(Shop.Event("cart.item_added").With("/data", """{"cart": 7, "currency": "EUR", "item": {"title": "Moka", "quantity": 2, "price": "14.975"}}"""))
            .ThenFact<AddToCart>().ShouldBe(new AddToCart(
                new("7"), new OrderLine("Moka", 2, new(14.975m, "EUR")), null, new Reported(Shop.Noon.AddMinutes(-30).AddSeconds(0.5), Shop.Noon)));

    [Fact]
    public void A_permission_that_names_neither_purpose_nor_channel_is_for_all_that_can_be_refused() =>
        Shop.Publish(Shop.Event("consent.given").With("/data", """{"customer": {"id": "c-1"}, "purposes": null, "channel": "", "evidence": " newsletter-v1 "}"""))
            .ThenFact<RecordPermission>().ShouldBe(new RecordPermission(
                new("c-1"), true, null, null, PermissionBasis.Consent, "newsletter-v1", new Reported(Shop.Noon.AddMinutes(-30).AddSeconds(0.5), Shop.Noon)));

    [Fact]
    public void An_address_that_a_shop_uses_as_its_id_of_a_cart_does_not_travel_in_the_clear_and_is_the_same_cart_everywhere()
    {
        const string Address = "\"giulia@posta.example\"";
        var hashed = new CartId("guest-GIULIA@POSTA.EXAMPLE");
        foreach (var type in Shop.Types.Where(type => type.Split('.')[0] is "cart" or "checkout"))
            ((ICartFact)Shop.Publish(Shop.Event(type).With("/data/cart", Address)).ThenTaken()[0].Fact).Cart.ShouldBe(hashed, type);
        Shop.Publish(Shop.Event("cart.merged").With("/data/from", Address)).ThenFact<MergeCarts>().From.ShouldBe(hashed);
        Shop.Publish(Shop.Event("order.placed").With("/data/cart", Address)).ThenFact<PlaceOrder>().Cart.ShouldBe(hashed);
    }

    [Theory]
    [InlineData("""{"cart": "abc", "from": "def"}""")]
    [InlineData("""{"cart": "abc", "from": "def", "lines": null, "total": "", "currency": ""}""")]
    [InlineData("""{"cart": "abc", "from": "def", "currency": "EUR"}""")]
    public void What_is_in_a_merged_cart_may_be_told_apart(string data)
    {
        var told = Shop.Event("cart.merged").With("/data", data);
        Shop.Publish(told).ThenFact<MergeCarts>().ShouldBe(
            new MergeCarts(new("abc"), new("def"), null, null, null, new Reported(Shop.Noon.AddMinutes(-30).AddSeconds(0.5), Shop.Noon)));
        JsonSchema.Allows(EventTypesEndpoint.Schema(EventTypes.Find("cart.merged")!), told).ShouldBeTrue();
    }

    [Theory, MemberData(nameof(Types))]
    public void Fields_that_nobody_asks_for_are_ignored(string type) =>
        Shop.Publish(Shop.Event(type).With("/data/tags", """[{"a": [null, "line\nbreak"]}]""")).ThenTaken();

    [Fact]
    public void An_address_that_a_shop_uses_as_its_id_of_a_customer_does_not_travel_in_the_clear() =>
        Shop.Publish(Shop.Event("order.placed").With("/data/customer/id", "\"giulia@posta.example\""))
            .ThenFact<PlaceOrder>().Customer.ShouldBe(new CustomerId("guest-GIULIA@POSTA.EXAMPLE"));

    [Fact]
    public void An_order_of_a_guest_belongs_to_the_id_made_of_the_email() =>
        Shop.Publish(Shop.Event("order.placed").Without("/data/customer/id")).ThenFact<PlaceOrder>().Customer.ShouldBe(new CustomerId("guest-GIULIA@POSTA.EXAMPLE"));

    [Fact]
    public void A_customer_of_whom_only_the_id_is_told_makes_no_contact() =>
        Shop.Publish(Shop.Event("order.placed").With("/data/customer", """{"id": 7, "name": " ", "email": "", "phone": null, "address": {"city": ""}}"""))
            .ThenTaken()[0].Contact.ShouldBeNull();

    [Fact]
    public void Numbers_are_ids_too() =>
        Shop.Publish(Shop.Event("order.placed").With("/data/order", "450789469").With("/data/customer/id", "207119551")).ThenFact<PlaceOrder>()
            .ShouldSatisfyAllConditions(order => order.Order.Value.ShouldBe("450789469"), order => order.Customer.Value.ShouldBe("207119551"));

    [Fact]
    public void A_payment_may_name_neither_amount_nor_customer() =>
        Shop.Publish(Shop.Event("order.paid").With("/data", """{"order": "1001"}""")).ThenFact<RecordPayment>()
            .ShouldBe(new RecordPayment(new OrderId("1001"), null, null, new Reported(Shop.Noon.AddMinutes(-30).AddSeconds(0.5), Shop.Noon)));

    [Fact]
    public void An_amount_without_its_currency_is_refused() =>
        Shop.Publish(Shop.Event("order.paid").Without("/data/currency")).ThenRefused("/data/currency required");

    [Theory]
    [InlineData("59.90", "59.90")]
    [InlineData("\"59.90\"", "59.90")]
    [InlineData("59.900000", "59.9000")]
    [InlineData("1e2", "100")]
    [InlineData("0", "0")]
    [InlineData("-0.0", "0.0")]
    [InlineData("10000000", "10000000")]
    public void An_amount_is_a_number_or_a_string_that_holds_one(string json, string amount) =>
        Shop.Publish(Shop.Event("order.placed").With("/data/total", json)).ThenFact<PlaceOrder>()
            .Total.Amount.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe(amount);

    [Theory]
    [InlineData("/data/total", "-0.01", "out_of_range")]
    [InlineData("/data/total", "10000000.01", "out_of_range")]
    [InlineData("/data/total", "1e400", "out_of_range")]
    [InlineData("/data/total", "\"-5\"", "out_of_range")]
    [InlineData("/data/total", "59.90001", "too_precise")]
    [InlineData("/data/total", "1e-400", "too_precise")]
    [InlineData("/data/total", "59.00000000000000000000000000000000000000001", "too_precise")]
    [InlineData("/data/total", "\"59,90\"", "not_an_amount")]
    [InlineData("/data/total", "\"NaN\"", "not_an_amount")]
    [InlineData("/data/total", "\"1e3\"", "not_an_amount")]
    [InlineData("/data/total", "true", "wrong_type")]
    [InlineData("/data/total", "\"\"", "required")]
    [InlineData("/data/total", "null", "required")]
    [InlineData("/data/currency", "\"EURO\"", "not_a_currency")]
    [InlineData("/data/currency", "\"€\"", "not_a_currency")]
    [InlineData("/data/currency", "978", "wrong_type")]
    [InlineData("/data/order", "\"\"", "required")]
    [InlineData("/data/order", "\" 1001\"", "white_space")]
    [InlineData("/data/order", "\"10\\u000001\"", "control_character")]
    [InlineData("/data/order", "\"10\\n01\"", "control_character")]
    [InlineData("/data/order", "\"10\\u008501\"", "control_character")]
    [InlineData("/data/order", "10.5", "wrong_type")]
    [InlineData("/data/order", "-1", "wrong_type")]
    [InlineData("/data/order", "1e3", "wrong_type")]
    [InlineData("/data/order", "[]", "wrong_type")]
    [InlineData("/data/lines", "{}", "wrong_type")]
    [InlineData("/data/lines", "null", "required")]
    [InlineData("/data/lines/1", "null", "wrong_type")]
    [InlineData("/data/lines/1/title", "\"\\t\"", "required")]
    [InlineData("/data/lines/1/title", "\"a\\nb\"", "control_character")]
    [InlineData("/data/lines/1/quantity", "0", "out_of_range")]
    [InlineData("/data/lines/1/quantity", "100001", "out_of_range")]
    [InlineData("/data/lines/1/quantity", "1.5", "out_of_range")]
    [InlineData("/data/lines/1/quantity", "99999999999999999999", "out_of_range")]
    [InlineData("/data/lines/1/quantity", "\"1\"", "wrong_type")]
    [InlineData("/data/lines/1/price", "{}", "wrong_type")]
    [InlineData("/data/lines/1/sku", "7", "wrong_type")]
    [InlineData("/data/promisedOn", "\"20/01/2026\"", "not_a_date")]
    [InlineData("/data/promisedOn", "\"2026-02-30\"", "not_a_date")]
    [InlineData("/data/promisedOn", "\"2026-01-20T00:00:00Z\"", "not_a_date")]
    [InlineData("/data/customer", "\"Giulia\"", "wrong_type")]
    [InlineData("/data/customer", "null", "required")]
    [InlineData("/data/customer", "{}", "required")]
    [InlineData("/data/customer", """{"id": "", "email": null, "name": "Giulia"}""", "required")]
    [InlineData("/data/customer/id", "\"c\\u007f\"", "control_character")]
    [InlineData("/data/customer/name", "\"Giulia\\r\\nBcc: a@b.example\"", "control_character")]
    [InlineData("/data/customer/name", "[\"Giulia\"]", "wrong_type")]
    [InlineData("/data/customer/language", "\"it_IT\"", "not_a_language")]
    [InlineData("/data/customer/language", "\"i\"", "not_a_language")]
    [InlineData("/data/customer/zone", "\"Europe/Atlantis\"", "not_a_zone")]
    [InlineData("/data/customer/zone", "\"W. Europe Standard Time\"", "not_a_zone")]
    [InlineData("/data/customer/zone", "\"../../etc/passwd\"", "not_a_zone")]
    [InlineData("/data/customer/zone", "\"/Europe/Rome\"", "not_a_zone")]
    [InlineData("/data/customer/zone", "\"posix/Europe/Rome\"", "not_a_zone")]
    [InlineData("/data/customer/zone", "\"Europe\"", "not_a_zone")]
    [InlineData("/data/customer/zone", "\"UTC+12\"", "not_a_zone")]
    [InlineData("/data/customer/address", "\"Via Roma 1\"", "wrong_type")]
    [InlineData("/data/customer/address/street", "\"a\\u0007\"", "control_character")]
    [InlineData("/data/customer/address/postalCode", "100", "wrong_type")]
    public void An_order_that_is_wrong_in_one_place_is_refused_with_that_place(string field, string json, string code) =>
        Shop.Publish(Shop.Event("order.placed").With(field, json)).ThenRefused($"{field} {code}");

    [Theory]
    [InlineData("order.paid", "/data/amount", "\"much\"", "not_an_amount")]
    [InlineData("order.paid", "/data/currency", "\"E1R\"", "not_a_currency")]
    [InlineData("order.paid", "/data/customer", "[]", "wrong_type")]
    [InlineData("order.paid", "/data/customer", "{}", "required")]
    [InlineData("order.payment_failed", "/data/reason", "7", "wrong_type")]
    [InlineData("order.payment_failed", "/data/reason", "\"\\u001b[2J\"", "control_character")]
    [InlineData("order.shipped", "/data/carrier", "{}", "wrong_type")]
    [InlineData("order.shipped", "/data/trackingNumber", "17", "wrong_type")]
    [InlineData("order.shipped", "/data/trackingUrl", "\"/parcels/17\"", "not_a_url")]
    [InlineData("order.shipped", "/data/trackingUrl", "\"javascript:alert(1)\"", "not_a_url")]
    [InlineData("order.shipped", "/data/trackingUrl", "\"ftp://track.example/17\"", "not_a_url")]
    [InlineData("order.shipped", "/data/trackingUrl", "\"https://track.example/ 17\"", "not_a_url")]
    [InlineData("order.shipped", "/data/trackingUrl", "\"https://\"", "not_a_url")]
    [InlineData("order.delivered", "/data/order", "false", "wrong_type")]
    [InlineData("order.cancelled", "/data/reason", "[\"why\"]", "wrong_type")]
    [InlineData("cart.updated", "/data/url", "\"http://shop.example/cart\"", "not_a_url")]
    [InlineData("cart.updated", "/data/url", "\"https://shop.example/cart?email=giulia@posta.example\"", "personal")]
    [InlineData("cart.updated", "/data/url", "\"https://shop.example/cart?email=giulia%40posta.example\"", "personal")]
    [InlineData("cart.updated", "/data/url", "\"https://giulia:secret@shop.example/cart\"", "personal")]
    [InlineData("cart.updated", "/data/lines", "null", "required")]
    [InlineData("cart.updated", "/data/given", "\"email\"", "wrong_type")]
    [InlineData("cart.updated", "/data/given", "[\"via Roma 1\"]", "not_words")]
    [InlineData("cart.item_removed", "/data/quantity", "0", "out_of_range")]
    [InlineData("cart.merged", "/data/currency", "null", "required")]
    [InlineData("cart.merged", "/data/lines", "null", "required")]
    [InlineData("cart.merged", "/data/from", "null", "required")]
    [InlineData("cart.merged", "/data/from", "\"abc\"", "same_cart")]
    [InlineData("checkout.step_reached", "/data/step", "\"two words\"", "not_a_word")]
    [InlineData("consent.given", "/data/evidence", "null", "required")]
    [InlineData("consent.given", "/data/evidence", "\"Giulia said so at giulia@posta.example\"", "personal")]
    [InlineData("consent.given", "/data/evidence", "\"two\\nlines\"", "control_character")]
    [InlineData("consent.given", "/data/purposes", "[]", "required")]
    [InlineData("consent.given", "/data/purposes", "[\"orders\"]", "unknown_name")]
    [InlineData("consent.given", "/data/purposes", "\"carts\"", "wrong_type")]
    [InlineData("consent.given", "/data/purposes", "[\"carts\", 7]", "unknown_name")]
    [InlineData("consent.given", "/data/channel", "\"phone\"", "unknown_name")]
    [InlineData("consent.given", "/data/basis", "\"complaint\"", "unknown_name")]
    [InlineData("consent.given", "/data/customer", "{\"name\": \"Giulia\"}", "required")]
    [InlineData("consent.withdrawn", "/data/evidence", "\"giulia@posta.example\"", "personal")]
    public void The_other_types_are_held_to_their_shapes_too(string type, string field, string json, string code) =>
        Shop.Publish(Shop.Event(type).With(field, json)).ThenRefused($"{field} {code}");

    [Theory]
    [InlineData("giulia@posta.example")]
    [InlineData(" giulia+shop@posta.example ")]
    [InlineData("o'hara@mail.posta.example")]
    [InlineData("θεός@παράδειγμα.ελ")]
    [InlineData("मेल@उदाहरण.भारत")]
    public void An_email_may_be_of_any_script(string email) =>
        Shop.Publish(Shop.Event("order.placed").With("/data/customer/email", $"\"{email}\"")).ThenTaken()[0].Contact!.Details.Email.ShouldBe(email.Trim());

    [Theory]
    [InlineData("giulia")]
    [InlineData("@posta.example")]
    [InlineData("giulia@")]
    [InlineData("giulia@posta")]
    [InlineData("giulia@posta..example")]
    [InlineData("giulia@-posta.example")]
    [InlineData("giulia@posta.example.")]
    [InlineData("giulia@@posta.example")]
    [InlineData("giu lia@posta.example")]
    [InlineData("Giulia <giulia@posta.example>")]
    [InlineData("a@posta.example,b@posta.example")]
    public void What_is_no_email_is_refused_once(string email) =>
        Shop.Publish(Shop.Event("order.placed").With("/data/customer", $$"""{"email": "{{email}}"}""")).ThenRefused("/data/customer/email not_an_email");

    [Theory]
    [InlineData("order.placed", "/data/order", 100)]
    [InlineData("order.placed", "/data/lines/0/title", 500)]
    [InlineData("order.placed", "/data/lines/0/sku", 100)]
    [InlineData("order.placed", "/data/customer/id", 100)]
    [InlineData("order.placed", "/data/customer/name", 200)]
    [InlineData("order.placed", "/data/customer/phone", 50)]
    [InlineData("order.placed", "/data/customer/address/street", 300)]
    [InlineData("order.placed", "/data/customer/address/city", 200)]
    [InlineData("order.placed", "/data/customer/address/postalCode", 40)]
    [InlineData("order.placed", "/data/customer/address/country", 100)]
    [InlineData("order.payment_failed", "/data/reason", 1000)]
    [InlineData("order.shipped", "/data/carrier", 200)]
    [InlineData("order.shipped", "/data/trackingNumber", 200)]
    [InlineData("order.cancelled", "/data/reason", 1000)]
    public void A_text_may_be_so_long_and_no_longer(string type, string field, int longest)
    {
        Shop.Publish(Shop.Event(type).With(field, $"\"{new string('9', longest)}\"")).ThenTaken();
        Shop.Publish(Shop.Event(type).With(field, $"\"{new string('9', longest + 1)}\"")).ThenRefused($"{field} too_long");
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Etc/GMT+5")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Asia/Calcutta")]
    public void A_zone_is_any_that_the_system_knows(string zone) =>
        Shop.Publish(Shop.Event("order.placed").With("/data/customer/zone", $"\"{zone}\"")).ThenTaken()[0].Contact!.Zone.ShouldBe(zone);

    [Fact]
    public void An_order_may_have_a_thousand_lines_and_no_more()
    {
        static string Lines(int count) => $"[{string.Join(',', Enumerable.Repeat("""{"title": "Moka", "quantity": 1, "price": 1}""", count))}]";

        Shop.Publish(Shop.Event("order.placed").With("/data/lines", Lines(1000))).ThenFact<PlaceOrder>().Lines.Count.ShouldBe(1000);
        Shop.Publish(Shop.Event("order.placed").With("/data/lines", Lines(1001))).ThenRefused("/data/lines too_many");
        Shop.Publish(Shop.Event("order.placed").With("/data/lines", Lines(10_000))).ThenRefused("/data/lines too_many");
    }

    [Fact]
    public void All_that_is_wrong_with_an_order_is_told_at_once() =>
        Shop.Publish(Shop.Event("order.placed")
                .With("/time", "\"yesterday\"").With("/data/total", "-1").Without("/data/currency").With("/data/lines/0/quantity", "0")
                .With("/data/lines/1/price", "\"free\"").With("/data/promisedOn", "7").With("/data/customer/email", "\"giulia\"").With("/data/customer/zone", "\"Rome\""))
            .ThenRefused(
                "/time not_a_time", "/data/total out_of_range", "/data/currency required", "/data/lines/0/quantity out_of_range", "/data/lines/1/price not_an_amount",
                "/data/promisedOn wrong_type", "/data/customer/email not_an_email", "/data/customer/zone not_a_zone");
}
