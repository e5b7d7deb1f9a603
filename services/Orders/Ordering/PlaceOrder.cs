using Engagement.Contracts;

namespace Engagement.Orders.Ordering;

public static class PlaceOrderHandler
{
    public static async Task<OutgoingMessages> Handle(PlaceOrder message, IDocumentSession session, CancellationToken ct)
    {
        var isNews = false;
        var messages = await session.Record(message, (order, placed) => Decide(order, placed) is { Length: > 0 } events && (isNews = true) ? events : [], ct);
        if (isNews) messages.Add(Tell(message));
        return messages;
    }

    internal static OrderEvent[] Decide(Order? order, PlaceOrder message) => order?.Placed is not null
        ? []   // told twice: nothing new
        : [new OrderPlaced(message.Customer, message.Total, message.Lines, message.PromisedOn, message.Reported, message.Number)];

    private static Contracts.OrderPlaced Tell(PlaceOrder m) => new(m.Order, m.Customer, m.Total, m.Lines, m.Cart, m.Reported);
}
