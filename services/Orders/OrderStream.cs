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
        var events = decide(stream.Aggregate, fact);
        stream.AppendMany(events);
        return ThankForPayment.Decide(fact.Order, stream.Aggregate, events);
    }
}
