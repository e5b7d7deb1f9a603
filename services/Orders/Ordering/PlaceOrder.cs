using Engagement.Contracts;

namespace Engagement.Orders.Ordering;

public static class PlaceOrderHandler
{
    public static async Task<OutgoingMessages> Handle(PlaceOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var isNews = false;
        var messages = await session.Record(message, (order, placed) => Decide(order, placed) is { Length: > 0 } events && (isNews = true) ? events : [], clock, ct);
        if (isNews) messages.Add(Tell(message));
        return messages;
    }

    /// <summary>Told twice it is nothing new, unless it was nobody's and now is somebody's.</summary>
    internal static OrderEvent[] Decide(Order? order, PlaceOrder message) => order?.Placed is { } known && !(known.Customer.IsNobody && !message.Customer.IsNobody)
        ? []
        : [new OrderPlaced(
            message.Customer, message.Total, message.Lines, message.PromisedOn, message.Reported, message.Number, message.Zone)];

    private static Contracts.OrderPlaced Tell(PlaceOrder m) => new(m.Order, m.Customer, m.Total, m.Lines, m.Cart, m.Reported);
}
