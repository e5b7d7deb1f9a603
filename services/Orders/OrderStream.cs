using Engagement.Contracts;
using Engagement.Orders.Paying;

namespace Engagement.Orders;

internal static class OrderStream
{
    /// <summary>Records what a fact adds to its order, and asks for the messages that follow from it.</summary>
    public static async Task<OutgoingMessages> Record<TFact>(
        this IDocumentSession session, TFact fact, Func<Order?, TFact, OrderEvent[]> decide, CancellationToken ct) where TFact : IOrderFact
    {
        var stream = await session.Events.FetchForWriting<Order>(Order.Key(fact.Order), ct);
        var (events, messages) = Decide(stream.Aggregate, fact, decide);
        stream.AppendMany(events);
        return messages;
    }

    internal static (OrderEvent[] Events, OutgoingMessages Messages) Decide<TFact>(
        Order? order, TFact fact, Func<Order?, TFact, OrderEvent[]> decide) where TFact : IOrderFact
    {
        var events = decide(order, fact);
        return (events, ThankForPayment.Decide(fact.Order, order, events));
    }
}
