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
