using Engagement.Contracts;
using Engagement.Orders.Following;
using Engagement.Orders.Settings;
using Engagement.ServiceDefaults;

namespace Engagement.Orders;

internal static class OrderStream
{
    /// <summary>Records what a fact adds to its order, and asks for what follows from it.</summary>
    public static Task<OutgoingMessages> Record<TFact>(
        this IDocumentSession session, TFact fact, Func<Order?, TFact, OrderEvent[]> decide, TimeProvider clock, CancellationToken ct) where TFact : IOrderFact =>
        session.Change(fact.Order, (order, _) => decide(order, fact), clock, ct);

    /// <summary>Records what is decided on an order, and asks for what follows from it.</summary>
    public static async Task<OutgoingMessages> Change(
        this IDocumentSession session, OrderId id, Func<Order?, OrderRules, OrderEvent[]> decide, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Order>(Order.Key(id), ct);
        var rules = new OrderRules(await session.SettingsAsync<OrderSettings>(ct));
        var events = decide(stream.Aggregate, rules);
        stream.AppendMany(events);
        foreach (var outcome in events.OfType<OutcomeEvent>()) AfterCommit.Run(() => OrdersMetrics.Count(session.TenantId, outcome));
        return WhatFollows.Decide(id, stream.Aggregate, events, rules, clock.GetUtcNow());
    }
}
