using System.Globalization;
using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

[Collection(Shared.Name)]
public sealed class ShopSystemTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    [Fact]
    public async Task A_Shopify_shop_s_customer_is_thanked_once_by_the_order_s_own_name_however_the_webhooks_come()
    {
        var now = TimeProvider.System.GetUtcNow();
        string At(int minutes) => now.AddMinutes(minutes).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
        string Order(string status, int updated, string parcels) =>
            $$"""
            {"id": 99001, "name": "#S-1", "email": "harriet@posta.example", "customer_locale": "en",
                "customer": {"id": 55, "first_name": "Harriet", "last_name": "Vane"},
             "financial_status": "{{status}}", "created_at": "{{At(-9)}}", "processed_at": "{{At(-9)}}", "updated_at": "{{At(updated)}}", "currency": "GBP",
                 "total_price": "20.00",
             "line_items": [{"title": "Teapot", "quantity": 1, "price": "20.00"}], "fulfillments": [{{parcels}}], "refunds": []}
            """;
        var parcel = $$"""{"id": 7, "order_id": 99001, "status": "success", "created_at": "{{At(-2)}}", "updated_at": "{{At(-2)}}", "tracking_number": null}""";

        await Shop.ShopifyAsync("orders/updated", Order("paid", -2, parcel));
        await Shop.ShopifyAsync("orders/create", Order("pending", -9, ""));
        await Shop.ShopifyAsync("orders/paid", Order("paid", -3, ""));
        await Shop.ShopifyAsync("orders/updated", Order("paid", -2, parcel));
        await Shop.ShopifyAsync("fulfillments/update", parcel.Replace("null", "\"ZA17\"", StringComparison.Ordinal));
        await Shop.ShopifyAsync(
            "refunds/create",
            $$"""
            {"id": 8, "order_id": 99001, "processed_at": "{{At(-1)}}",
             "transactions": [{"kind": "refund", "status": "success", "amount": "5.00", "currency": "GBP"}]}
            """);
        await Engagement.DrainedAsync();

        (await Shop.MessagesAsync("99001")).Select(message => $"{message.Text("kind")} {message.Text("state")}")
            .ShouldBe(["thank-you Sent", "shipped Sent", "order-refunded Sent"], ignoreOrder: true);
        Engagement.Mails.Read("99001").ShouldContain("Subject: Thank you, Harriet! Your order #S-1 is confirmed");
        var order = await Shop.OrderAsync("99001");
        order.Text("status").ShouldBe("Shipped");
        order.GetProperty("parcels").EnumerateArray().ShouldHaveSingleItem().Text("trackingNumber").ShouldBe("ZA17");
        order.GetProperty("refunds").EnumerateArray().ShouldHaveSingleItem().GetProperty("amount").GetProperty("amount").GetDecimal().ShouldBe(5.00m);
    }
}
