using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Engagement.Orders;

internal static class OrdersMetrics
{
    private static readonly Meter Meter = new("Engagement.Orders");

    private static readonly Counter<long> Overdue =
        Meter.CreateCounter<long>("engagement.thankyou.overdue", "{order}", "Thank-you's that had not left in time; staff were asked to call.");

    private static readonly Counter<long> Outcomes =
        Meter.CreateCounter<long>("engagement.orders.outcomes", "{outcome}", "What time, or others, made of orders, by outcome: order-became-late, check-in-asked…");

    public static void Count(string tenant, OutcomeEvent outcome)
    {
        KeyValuePair<string, object?> shop = new("engagement.tenant", tenant);
        if (outcome is ThankYouOverdue) Overdue.Add(1, shop);
        Outcomes.Add(1, shop, new KeyValuePair<string, object?>("outcome", JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.GetType().Name)));
    }
}
