using System.Text.Json.Nodes;
using Engagement.Testing;

namespace Engagement.Tools.Tests;

/// <summary>Real orders of a marketplace, where they lie beside the repository; they are not part of it.</summary>
public class RealOrdersTests
{
    [Fact]
    public async Task Every_thing_that_happened_to_2500_real_orders_is_told_once()
    {
        var file = Repository.Shared("data", "olist-orders.csv");
        Assert.SkipUnless(file is not null, "shared/data/olist-orders.csv is not beside the repository.");
        using var replay = new ReplayRun();
        await using var gateway = await FakeGateway.StartAsync();

        var result = await replay.AgainstAsync(file, gateway);

        result.ShouldSatisfyAllConditions(
            r => r.ExitCode.ShouldBe(0),
            r => r.Error.ShouldBeEmpty(),
            r => PublishingTests.Line(r, "accepted").ShouldBe("9,902"));
        gateway.Accepted.Select(e => (string)e["id"]!).ShouldBeUnique();
        gateway.Accepted.CountBy(e => (string)e["type"]!).ToDictionary().ShouldBe(
            new Dictionary<string, int>
            {
                ["order.placed"] = 2500, ["order.paid"] = 2495, ["order.shipped"] = 2464, ["order.delivered"] = 2430, ["order.cancelled"] = 13,
            },
            ignoreOrder: true);
        foreach (var order in gateway.Accepted.GroupBy(e => (string)e["data"]!["order"]!))
        {
            order.Select(Time).ShouldBeInOrder();
        }
    }

    private static DateTimeOffset Time(JsonObject e) => (DateTimeOffset)e["time"]!;
}
