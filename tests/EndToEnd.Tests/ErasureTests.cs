using Engagement.EndToEnd.Tests.Running;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests;

[Collection(Shared.Name)]
public sealed class ErasureTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    [Fact]
    public async Task Who_is_erased_by_a_shop_system_leaves_nothing_that_anybody_can_read()
    {
        var now = TimeProvider.System.GetUtcNow();
        var ottavia = new Buyer("c-90210", "Ottavia Cancellieri", "ottavia.cancellieri@posta.example", "it");
        await Shop.PublishAsync(Told.Placed("erased", now, ottavia), Told.Paid("erased", now));
        await Engagement.Mails.ArrivesAsync("erased");
        await Engagement.DrainedAsync();

        await Shop.ShopifyAsync(
            "customers/redact",
            """
            {"shop_id": 1, "shop_domain": "demo.myshopify.example", "customer": {"id": "c-90210", "email": "ottavia.cancellieri@posta.example", "phone": null},
             "orders_to_redact": []}
            """);
        await Engagement.DrainedAsync();

        Engagement.Mails.Has("erased").ShouldBeFalse();
        (await Engagement.Keys.RowsAsync("select customer_id from customer_keys", row => row.GetString(0))).ShouldNotContain("c-90210");
        (await Engagement.Database.CountAsync("from messaging.mt_doc_contact where id = 'c-90210'")).ShouldBe(0);
        foreach (var word in new[] { "Ottavia", "Cancellieri", "ottavia.cancellieri" }) (await Engagement.Database.TablesWithAsync(word)).ShouldBeEmpty(word);
        // The second pass comes when nobody remembers the key: until then the duty waits.
        (await Shop.GetAsync("/v1/webhooks/kept")).EnumerateArray().ShouldContain(kept => kept.Text("topic") == "customers/redact");
        (await Engagement.Database.DeadLettersAsync()).ShouldNotContain(letter => letter.Contains("Erase", StringComparison.Ordinal));
    }
}
