using Engagement.Contracts;

namespace Engagement.Orders.Shipping;

public static class ConfirmDeliveryHandler
{
    public static Task<OutgoingMessages> Handle(ConfirmDelivery message, IDocumentSession session, CancellationToken ct) => session.Record(message, Decide, ct);

    internal static OrderEvent[] Decide(Order? order, ConfirmDelivery message) =>
        order?.Delivered is not null ? [] : [new OrderDelivered(message.Reported)];
}
