namespace Engagement.Bench.Shop;

/// <summary>Records an event in one service, of which another one is told.</summary>
public sealed record TakeOrder(string Key, DateTimeOffset At);

public static class TakeOrderHandler
{
    public static OrderTaken Handle(TakeOrder message, IDocumentSession session)
    {
        session.Events.StartStream<Order>(message.Key, Sample.Placed(message.At));
        return new OrderTaken(message.Key);
    }
}

public sealed record OrderTaken(string Order);

public static class OrderTakenHandler
{
    public static void Handle(OrderTaken message, IDocumentSession session, Arrivals arrivals)
    {
        session.Store(new Tally(message.Order, 1, "Taken"));
        Held.Run(() => arrivals.Add(null));
    }
}
