using Engagement.Contracts;

namespace Engagement.Orders.Ordering;

public static class PlaceOrderHandler
{
    public static Task<OutgoingMessages> Handle(PlaceOrder message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>Told twice it is nothing new, unless it was nobody's and now is somebody's.</summary>
    internal static OrderEvent[] Decide(Order? order, PlaceOrder message) => order?.Placed is { } known && !(known.Customer.IsNobody && !message.Customer.IsNobody)
        ? []
        : [new OrderPlaced(
            message.Customer, message.Total, message.Lines, message.PromisedOn, message.Reported, message.Number, message.Zone)];
}
