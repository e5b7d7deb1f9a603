using Engagement.Contracts;

namespace Engagement.Carts.Recovery;

/// <summary>Whether an order was won back, and by which step. Honest: only what was sent before the order counts, and only for a while.</summary>
internal static class Attribution
{
    /// <summary>What is to be said anew of what was won back: of each time that the cart was left, the first order that counts for it.</summary>
    public static IEnumerable<CartEvent> Settle(Cart cart, TimeSpan window)
    {
        var counted = cart.Orders.Where(order => order.MayCount).Select(order => Of(cart, order, window)).OfType<CartWonBack>().ToArray();
        foreach (var left in cart.Abandonments)
        {
            var first = counted.FirstOrDefault(won => won.Number == left.Number);
            var known = left.WonBack;
            // What was counted by an earlier window stays, unless the order is to count for something else, or for nothing.
            var stands = known is not null && cart.Orders.FirstOrDefault(order => order.Order == known.Order)?.MayCount != false
                && counted.All(won => won.Order != known.Order);
            if (first is not null && first != known && !(stands && known!.At <= first.At)) yield return first;
            else if (first is null && known is not null && !stands) yield return new CartNotWonBack(left.Number, known.Order);
        }
    }

    /// <summary>To the last step that was sent before the order, at the order's own value; null where there is none within the window.</summary>
    private static CartWonBack? Of(Cart cart, CustomerOrdered order, TimeSpan window)
    {
        var at = order.Reported.OccurredAt;
        var last = cart.Abandonments
            .SelectMany(left => left.Reminders.Where(reminder => reminder.SentAt <= at && at <= reminder.SentAt + window).Select(reminder => (left, reminder)))
            .OrderBy(sent => sent.reminder.SentAt).LastOrDefault();
        return last.left is { } left ? new CartWonBack(left.Number, last.reminder.Step, order.Order, order.Total, IsPartial(left, order), at) : null;
    }

    /// <summary>Something that was left is not in the order, or less of it; where the order's lines aren't told, its total decides.</summary>
    private static bool IsPartial(Abandonment left, CustomerOrdered order) => order.Lines.Count == 0
        ? left.Value is { } value && (value.Currency != order.Total.Currency || order.Total.Amount < value.Amount)
        : left.Lines.Any(line => Contents.CountIn(order.Lines, line) < line.Quantity);
}
