using Engagement.Contracts;
using Engagement.Orders.Settings;
using Engagement.ServiceDefaults;

namespace Engagement.Orders.CheckingIn;

/// <summary>A customer waits for an answer of ours, and is not asked anything meanwhile. Once answered it stays so, whichever came first.</summary>
public sealed record CustomersInquiry(string Id, string Customer, bool IsOpen);

internal static class Inquiries
{
    /// <summary>By the index on Customer and IsOpen.</summary>
    internal const string OpenSql = "where d.data ->> 'Customer' = ? and cast(d.data ->> 'IsOpen' as boolean) = true limit 1";

    public static async Task<bool> AnyOpen(IQuerySession session, CustomerId customer, CancellationToken ct) =>
        (await session.QueryAsync<CustomersInquiry>(OpenSql, ct, customer.Value)).Count > 0;
}

public static class InquiryHandler
{
    public static async Task Handle(InquiryOpened message, IDocumentSession session, CancellationToken ct)
    {
        if (await session.LoadAsync<CustomersInquiry>(message.InquiryId, ct) is null)
            session.Store(new CustomersInquiry(message.InquiryId, message.CustomerId, IsOpen: true));
    }

    /// <summary>The customer's check-ins that fell due meanwhile are asked for at the next good hour.</summary>
    public static async Task<OutgoingMessages> Handle(InquiryAnswered message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        session.Store(new CustomersInquiry(message.InquiryId, message.CustomerId, IsOpen: false));
        var orders = await session.QueryAsync<Order>("where d.data ->> 'Customer' = ? order by d.data ->> 'Cursor' desc limit 20", ct, message.CustomerId.Value);
        return Decide(orders, new OrderRules(await session.SettingsAsync<OrderSettings>(ct)), clock.GetUtcNow());
    }

    internal static OutgoingMessages Decide(IReadOnlyList<Order> orders, OrderRules rules, DateTimeOffset now) =>
    [
        .. orders.Where(order => rules.ChecksIn && CheckIn.IsWanted(order)
                && CheckIn.Since(order) is { Backfill: false } since && rules.CheckInAt(since.OccurredAt, order.Delivered is not null, order.Placed?.Zone) is var at
                && at <= now && now - at < OrderRules.Freshness)
            .Select(order => new CheckInDue(order.OrderId, CheckIn.Since(order)!.OccurredAt).ScheduledAt(rules.NextGoodHour(now, order.Placed?.Zone))),
    ];
}
