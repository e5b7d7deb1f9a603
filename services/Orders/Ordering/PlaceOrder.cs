using Engagement.Contracts;

namespace Engagement.Orders.Ordering;

public static class PlaceOrderHandler
{
    public static Task<OutgoingMessages> Handle(PlaceOrder message, IDocumentSession session, CancellationToken ct) => session.Record(message, Decide, ct);

    internal static OrderEvent[] Decide(Order? order, PlaceOrder message) => order?.Placed is not null
        ? []   // told twice: nothing new
        : [new OrderPlaced(message.Customer, message.Total, message.Lines, message.PromisedOn, message.Reported, message.Number)];
}
