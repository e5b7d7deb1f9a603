namespace Engagement.Bench.Shop;

public sealed record OrderLine(string Sku, string Name, int Quantity, decimal Price);

public sealed record OrderPlaced(string CustomerId, string Currency, IReadOnlyList<OrderLine> Lines, DateTimeOffset OccurredAt);

public sealed record OrderPaid(decimal Amount, string Method, DateTimeOffset OccurredAt);

public sealed record ParcelSeen(string Place, string Note, DateTimeOffset OccurredAt);

public enum OrderStatus
{
    Placed,
    Paid,
    OnItsWay,
}

/// <summary>An aggregate of the size that a shop has.</summary>
public sealed record Order(
    string Id, string CustomerId, string Currency, IReadOnlyList<OrderLine> Lines, DateTimeOffset PlacedAt, OrderStatus Status, decimal Paid, string? LastPlace, int Seen)
{
    public static Order Create(IEvent<OrderPlaced> e) => Begin(e.StreamKey!, e.Data);

    public static Order Begin(string key, OrderPlaced e) => new(key, e.CustomerId, e.Currency, e.Lines, e.OccurredAt, OrderStatus.Placed, 0, null, 0);

    public Order Apply(OrderPaid e) => this with { Status = OrderStatus.Paid, Paid = Paid + e.Amount };

    public Order Apply(ParcelSeen e) => this with { Status = OrderStatus.OnItsWay, LastPlace = e.Place, Seen = Seen + 1 };
}

/// <summary>Events as a shop would send them; all of one kind have the same size.</summary>
internal static class Sample
{
    public static OrderPlaced Placed(DateTimeOffset now) => new(
        "customer-4711", "EUR",
        [new("A-100", "Cup, blue", 2, 12.50m), new("B-220", "Saucer, blue", 2, 6.90m), new("C-310", "Tea, 250 g", 1, 9.80m)],
        now);

    public static OrderPaid Paid(DateTimeOffset now) => new(48.60m, "card", now);

    public static ParcelSeen Seen(DateTimeOffset now) => new("Bologna", "Sorted and on its way to the next depot", now);
}
