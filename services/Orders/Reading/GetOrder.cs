using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Orders.Reading;

/// <summary>An order as it is now, with its <c>timeline</c>: everything that was told of it and what became of it, in the order of time.</summary>
public static class GetOrder
{
    public static async Task<IResult> Handle(string id, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var key = Order.Key(new OrderId(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)));   // the one escape that ASP.NET Core leaves in a path
        if (await session.Events.FetchLatest<Order>(key, ct) is not { } order) return new NoSuch("order");
        var page = JsonSerializer.SerializeToNode(order, HttpJson.Options)!.AsObject();
        page["timeline"] = JsonSerializer.SerializeToNode(Timeline(await session.Events.FetchStreamAsync(key, token: ct)), HttpJson.Options);
        return TypedResults.Json(page, HttpJson.Options);
    }

    /// <summary>What was told late stands where it belongs.</summary>
    internal static IEnumerable<TimelineEntry> Timeline(IReadOnlyList<IEvent> events) => events
        .Select(e => e.Data switch
        {
            ReportedEvent told => new TimelineEntry(told.Reported.OccurredAt, told.Reported.ReceivedAt, told.GetType().Name, Details(told)),
            OutcomeEvent outcome => new TimelineEntry(outcome.At, outcome.At, outcome.GetType().Name, Details(outcome)),
            _ => throw new InvalidOperationException($"{e.Data.GetType().Name} is no event of an order."),
        })
        .OrderBy(entry => entry.At);

    private static JsonObject Details(OrderEvent e)
    {
        var details = JsonSerializer.SerializeToNode(e, e.GetType(), HttpJson.Options)!.AsObject();
        foreach (var name in new[] { "reported", "at", "lines", "words" }) details.Remove(name);
        return details;
    }
}

/// <param name="At">When it happened.</param>
/// <param name="ReceivedAt">When we learned of it.</param>
/// <param name="Event">Its name: <c>OrderShipped</c>.</param>
public sealed record TimelineEntry(DateTimeOffset At, DateTimeOffset ReceivedAt, string Event, JsonObject Details);
