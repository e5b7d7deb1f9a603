using Engagement.Carts.Reading;
using Engagement.Carts.Recovery;
using Engagement.Carts.Settings;
using Engagement.Carts.Shoppers;
using Engagement.Carts.Shopping;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts;

internal static class CartStream
{
    /// <summary>Records what is decided on a cart, keeps what lists and counts read, and sends what follows.</summary>
    public static async Task<OutgoingMessages> Record(
        this IDocumentSession session, CartId id, Func<Cart, IEnumerable<CartEvent>> decide, DateTimeOffset now, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Cart>(Cart.StreamKey(id), ct);
        var before = stream.Aggregate ?? new Cart(Cart.StreamKey(id));
        var events = Decide(before, decide, now);
        if (events.Count == 0) return [];
        stream.AppendMany(events);
        var after = before.After(events);
        foreach (var left in after.Abandonments.Except(before.Abandonments)) session.Store(AbandonedCart.Of(id, left));
        var (gone, kept) = CountedCart.Change(before, after);
        if (gone is not null) session.Delete(gone);
        session.Store(kept);
        AfterCommit.Run(() => CartsMetrics.Count(session.TenantId, events.Where(e => IsNews(before, e))));
        OutgoingMessages messages = [.. Follow(before, after, events, now)];
        if (Watch.Begins(before, after)) messages.Add(CartQuiet.For(after, (await session.SettingsAsync<CartsSettings>(ct)).AbandonedAfter()));
        return messages;
    }

    /// <summary>What was decided, and the end of the recovery where that follows from it.</summary>
    internal static IReadOnlyList<CartEvent> Decide(Cart before, Func<Cart, IEnumerable<CartEvent>> decide, DateTimeOffset now)
    {
        CartEvent[] events = [.. decide(before)];
        var after = before.After(events);
        return after.Abandonment is { IsRunning: true } left && EndOf(after, left) is { } reason
            ? [.. events, new RecoveryEnded(left.Number, reason, now)]
            : events;
    }

    internal static IEnumerable<object> Follow(Cart before, Cart after, IReadOnlyList<CartEvent> events, DateTimeOffset now)
    {
        if (after is { CustomerId: { } customer, State: CartState.Open or CartState.Abandoned or CartState.Replaced }
            && ((after.IsOpen && !before.IsOpen) || before.CustomerId != customer))
            yield return new CartSeen(customer, after.Key, after.LastActivity!.Value);
        if (after is { State: CartState.Empty, CustomerId: { } emptiedBy, Last: { } last } && before.State != CartState.Empty)
            yield return new CartEmptied(emptiedBy, after.Key, last.OccurredAt).ScheduledAt(CartEmptied.DueAt(last, now));
        if (before.CustomerId is { } earlier && after.CustomerId is { } another && earlier != another) yield return new CartGoneOver(earlier, after.Key, another);
        if (after.IsOwnerNew && !before.IsOwnerNew) yield return new CartQuiet(after.Key).ScheduledAt(now + CartQuiet.Settling);
        foreach (var e in events.Where(e => IsNews(before, e)))
        {
            foreach (var message in Follow(after, e, now)) yield return message;
        }

        foreach (var message in FollowMerged(before, after)) yield return message;
    }

    /// <summary>What carts that became one have to tell: whose it is now, that it was written about, and that it was ordered.</summary>
    private static IEnumerable<object> FollowMerged(Cart before, Cart after)
    {
        if (after.CustomerId != before.CustomerId)
        {
            foreach (var merge in before.Merges) yield return new MergeAway(new(merge.Value), after.Key, merge.At, after.CustomerId);
        }

        if (after.GoesOnWith is { } customer)
        {
            var told = customer == before.GoesOnWith ? SentTo(before, customer) : [];
            foreach (var sent in SentTo(after, customer).Except(told)) yield return sent;
        }

        foreach (var order in after.Orders)
        {
            if (after.GoesOnInto(order) is not { } into || before.Orders.Any(known => known.Order == order.Order && before.GoesOnInto(known) == into)) continue;
            yield return new NoteOrder(into, order.Order, order.Customer, order.Total, order.Lines, after.Key, null, order.Reported);
        }
    }

    /// <summary>As if it had been sent to the customer with whom the cart goes on: then the customer's orders may count for it.</summary>
    private static IEnumerable<MessageSent> SentTo(Cart cart, CustomerId customer) => cart.Abandonments
        .Where(left => left.Customer != customer && left.LastActivity <= cart.MergedAt)
        .SelectMany(left => left.Reminders.Where(reminder => reminder.SentAt is not null).Select(reminder => new MessageSent(
            new ReminderKey(cart.Key, left.Number, reminder.Step).ToMessage(reminder.Kind), reminder.Kind, customer, reminder.SentAt!.Value)));

    /// <summary>That an order counts for another step than was thought is for the counts alone.</summary>
    private static bool IsNews(Cart before, CartEvent e) => e is not CartWonBack won || before.Abandonments.All(left => left.WonBack?.Order != won.Order);

    private static IEnumerable<object> Follow(Cart cart, CartEvent e, DateTimeOffset now)
    {
        switch (e)
        {
            case CartsMerged merged:
                yield return new MergeAway(merged.From, cart.Key, merged.Reported.OccurredAt, cart.CustomerId);
                break;
            case CartLeftBehind behind:
                if (cart.Last is not { Backfill: true }) yield return new CartAbandoned(cart.Key, behind.Customer, behind.At);
                if (behind.Plan.Count > 0) yield return ReminderDue.For(cart.Key, Abandonment.Of(behind), behind.FirstStep);
                break;
            case CarePlanned { Plan.Count: > 0 } planned:
                var found = cart.Abandonments.First(left => left.Number == planned.Number);
                yield return ReminderDue.For(cart.Key, found, found.FirstStep);
                break;
            case CareResumed resumed:
                var left = cart.Abandonments.First(left => left.Number == resumed.Number);
                yield return ReminderDue.For(cart.Key, left, left.NextStep);
                break;
            case RecoveryEnded ended when cart.Abandonments.FirstOrDefault(left => left.Number == ended.Number) is { Customer: { } customer, Reminders: [.., var last] }:
                // All that was asked for, and nothing of the next care: where activity is told late, its first steps may be due before now.
                yield return new WithdrawMessages(customer, cart.Id, NameOf(ended.Reason), last.DueAt);
                break;
            case CartWonBack won:
                yield return new CartRecovered(cart.Key, cart.Orders.First(order => order.Order == won.Order).Customer, won.Order, won.At);
                break;
            case ReasonGiven { Reason: CartReason.Problem } given:
                yield return AskStaff.About(cart, given);
                break;
        }
    }

    /// <summary>Why nobody is to be written to of what was left, if so.</summary>
    private static RecoveryEnd? EndOf(Cart cart, Abandonment left) => cart.State switch
    {
        CartState.Bought => RecoveryEnd.Ordered,
        CartState.Merged => RecoveryEnd.Merged,
        CartState.Empty => RecoveryEnd.Emptied,
        CartState.Replaced => cart.IsOutdone ? RecoveryEnd.NewerCart : RecoveryEnd.Ordered,
        _ when cart.LastActivity > left.LastActivity => RecoveryEnd.Resumed,
        _ when left.Customer is { } whose && cart.CustomerId != whose => RecoveryEnd.GoneOver,
        _ => null,
    };

    private static string NameOf(RecoveryEnd reason) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString());
}
