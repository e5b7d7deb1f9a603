using System.Globalization;

namespace Engagement.EndToEnd.Tests.Running;

/// <summary>One order of a made-up file, and what became of it.</summary>
internal sealed record ToldOrder(string Id, DateTimeOffset PlacedAt, bool IsPaid, bool IsShipped, bool IsDelivered, bool IsCancelled)
{
    public string Status => this switch
    {
        { IsCancelled: true } => "Cancelled",
        { IsDelivered: true } => "Delivered",
        { IsShipped: true } => "Shipped",
        { IsPaid: true } => "Paid",
        _ => "Placed",
    };

    public string Row => string.Join(',',
        Id, $"c-{Id}", IsCancelled ? "canceled" : "delivered", Time(PlacedAt), IsPaid ? Time(PlacedAt.AddMinutes(11)) : "",
        IsShipped ? Time(PlacedAt.AddDays(1)) : "", IsDelivered ? Time(PlacedAt.AddDays(4)) : "", Time(PlacedAt.Date.AddDays(7)));

    private static string Time(DateTimeOffset time) => time.ToString("M/d/yyyy H:mm", CultureInfo.InvariantCulture);
}

/// <summary>A made-up file of orders: of twenty one is unpaid, one cancelled unpaid, one cancelled though paid, one just paid, one under way.</summary>
internal sealed class OrdersFile
{
    private const string Header =
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        + "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date";

    public OrdersFile(string path, string prefix, int orders, DateTimeOffset from, params string[] moreRows)
    {
        Path = path;
        Orders = [.. Enumerable.Range(0, orders).Select(i => (i % 20, Id: $"{prefix}{i}", At: from.AddMinutes(7 * i)) switch
        {
            (0, var id, var at) => new ToldOrder(id, at, false, false, false, false),
            (1, var id, var at) => new ToldOrder(id, at, false, false, false, true),
            (2, var id, var at) => new ToldOrder(id, at, true, false, false, true),
            (3, var id, var at) => new ToldOrder(id, at, true, false, false, false),
            (4, var id, var at) => new ToldOrder(id, at, true, true, false, false),
            (_, var id, var at) => new ToldOrder(id, at, true, true, true, false),
        })];
        File.WriteAllLines(path, [Header, .. Orders.Select(order => order.Row), .. moreRows]);
    }

    public string Path { get; }

    public IReadOnlyList<ToldOrder> Orders { get; }

    public long Events => EventsByType.Values.Sum();

    /// <summary>The events that Orders stores, by type.</summary>
    public Dictionary<string, long> EventsByType => new()
    {
        ["order_placed"] = Orders.Count,
        ["order_paid"] = Orders.Count(order => order.IsPaid),
        ["order_shipped"] = Orders.Count(order => order.IsShipped),
        ["order_delivered"] = Orders.Count(order => order.IsDelivered),
        ["order_cancelled"] = Orders.Count(order => order.IsCancelled),
    };

    /// <summary>What their customers are told, each once.</summary>
    public IEnumerable<string> Mails => Orders.SelectMany(Kinds, (order, kind) => MailFolder.NameOf(order.Id, kind)).Order(StringComparer.Ordinal);

    /// <summary>Thanks for what is cancelled in the same breath may be overtaken by that.</summary>
    public IEnumerable<string> Overtaken => Orders.Where(order => order is { IsPaid: true, IsCancelled: true }).Select(order => MailFolder.NameOf(order.Id));

    private static IEnumerable<string> Kinds(ToldOrder order) => order.IsCancelled ? ["order-cancelled"]
        : new[] { (order.IsPaid, "thank-you"), (order.IsShipped, "shipped"), (order.IsDelivered, "delivered") }.Where(kind => kind.Item1).Select(kind => kind.Item2);
}
