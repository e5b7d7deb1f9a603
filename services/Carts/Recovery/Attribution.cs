using Engagement.Contracts;

namespace Engagement.Carts.Recovery;

/// <summary>Whether an order was won back, and by which step. Honest: only what was sent before the order counts, and only for a while.</summary>
internal static class Attribution
{
    /// <summary>To the last step that was sent before the order, at the order's own value; null where there is none within the window.</summary>
    public static CartWonBack? Of(Cart cart, CustomerOrdered order, TimeSpan window)
    {
        var at = order.Reported.OccurredAt;
        var last = cart.Abandonments
            .SelectMany(left => left.Reminders.Where(reminder => reminder.SentAt <= at && at <= reminder.SentAt + window).Select(reminder => (left, reminder)))
            .OrderBy(sent => sent.reminder.SentAt).LastOrDefault();
        return last.left is not { WonBack: null } left || cart.Abandonments.Any(other => other.WonBack?.Order == order.Order)
            ? null
            : new CartWonBack(left.Number, last.reminder.Step, order.Order, order.Total, IsPartial(left, order), at);
    }

    /// <summary>Something that was left is not in the order, or less of it; where the order's lines aren't told, its total decides.</summary>
    private static bool IsPartial(Abandonment left, CustomerOrdered order) => order.Lines.Count == 0
        ? left.Value is { } value && (value.Currency != order.Total.Currency || order.Total.Amount < value.Amount)
        : left.Lines.Any(line => order.Lines.Where(bought => IsOf(bought, line)).Sum(bought => bought.Quantity) < line.Quantity);

    /// <summary>Many shops tell what an item is called by in the cart and not in the order.</summary>
    private static bool IsOf(OrderLine bought, OrderLine line) =>
        bought.Sku is { } ordered && line.Sku is { } left ? ordered == left : bought.Title == line.Title;
}
