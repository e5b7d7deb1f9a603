using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.EndToEnd.Tests.Running;
using Engagement.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Engagement.EndToEnd.Tests;

[Collection(Shared.Name)]
public sealed class WebhookTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    [Fact]
    public async Task A_shop_is_told_that_its_customer_was_thanked_and_nothing_personal()
    {
        ConcurrentQueue<string> told = new();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var receiver = builder.Build();
        receiver.MapPost("/hooks", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            told.Enqueue(await reader.ReadToEndAsync());
        });
        await receiver.StartAsync(TestContext.Current.CancellationToken);
        var endpoint = await Shop.PostAsync("/v1/webhook-endpoints", new { url = $"{receiver.Urls.Single()}/hooks", types = new JsonArray("message.sent") },
            HttpStatusCode.Created);

        var now = TimeProvider.System.GetUtcNow();
        await Shop.PublishAsync(Told.Placed("hooked", now, Buyer.Giulia), Told.Paid("hooked", now));

        await Eventually.BecomesTrueAsync(() => told.Any(body => body.Contains("order-hooked", StringComparison.Ordinal)), "the shop is told");
        var e = told.Select(body => JsonSerializer.Deserialize<JsonElement>(body))
            .Single(e => e.GetRawText().Contains("order-hooked", StringComparison.Ordinal));
        e.Text("type").ShouldBe("message.sent");
        e.GetProperty("data").GetRawText().ShouldBe("""{"key":"thank-you/order-hooked","kind":"thank-you","customer":"c-giulia"}""");
        await Shop.DeleteAsync($"/v1/webhook-endpoints/{endpoint.Text("id")}");
    }
}
