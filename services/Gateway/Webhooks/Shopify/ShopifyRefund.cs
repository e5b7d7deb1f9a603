using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Shopify;

internal static class ShopifyRefund
{
    public static void Read(Fields refund, Findings found) => Read(refund, new OrderId(refund.Id("order_id")), found);

    public static object? Read(Fields refund, OrderId order, Findings found)
    {
        var id = refund.Id("id");
        var at = found.Time(refund, "processed_at") ?? found.Time(refund, "created_at");
        var paid = refund.OptionalList("transactions", OrderPlacedEvent.MostLines, Back).OfType<Money>().ToArray();
        Money? amount = paid.Select(money => money.Currency).Distinct().Count() == 1 ? paid.Aggregate((sum, money) => sum + money) : null;
        found.Add(amount is null ? $"refunds/{id}/pending" : $"refunds/{id}", new RecordRefund(order, id, amount, found.At(at)), found.At(at));
        return null;
    }

    /// <summary>Money that went back; an attempt that failed gave nothing.</summary>
    private static Money? Back(Fields transaction)
    {
        var money = new Money(transaction.OptionalRounded("amount") ?? 0, transaction.Has("currency") ? transaction.Currency("currency") : "");
        var wentBack = transaction.Loose("kind", 50) is null or "refund" && transaction.Loose("status", 50) is null or "success";
        return wentBack && money.Currency.Length > 0 ? money : null;
    }
}
