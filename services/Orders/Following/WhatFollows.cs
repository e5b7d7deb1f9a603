using Engagement.Contracts;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Paying;
using Engagement.Orders.Settings;
using Engagement.Orders.Shipping;

namespace Engagement.Orders.Following;

/// <summary>
/// What follows from a change of an order: what is due thereafter and was not before is asked for, and what is not due any more is taken back. So the order
/// in which facts arrive makes no difference, but for what came too late to be told. Pure.
/// </summary>
internal static class WhatFollows
{
    /// <summary>All that is told of an order while it is open.</summary>
    private static readonly MessageKind[] OfOpenOrders =
    [
        MessageKind.ThankYou, MessageKind.PaymentFailed, MessageKind.Shipped, MessageKind.OutForDelivery, MessageKind.DeliveryAttempted,
        MessageKind.ReadyForPickup, MessageKind.ParcelLost, MessageKind.ParcelReturned, MessageKind.Delayed, MessageKind.Delivered, MessageKind.CheckIn,
        MessageKind.ReviewInvitation,
    ];

    public static OutgoingMessages Decide(OrderId id, Order? before, IReadOnlyList<OrderEvent> events, OrderRules rules, DateTimeOffset now)
    {
        if (events.Count == 0) return [];
        before ??= new Order(Order.Key(id));
        var after = Order.After(before, id, events);
        var (told, toTell) = (Messages.Due(before, rules).ToArray(), Messages.Due(after, rules).ToArray());
        var (asked, toAsk) = (StaffTasks.Due(before).ToArray(), StaffTasks.Due(after).ToArray());
        return
        [
            .. Withdrawn(before, after, told, toTell, now),
            .. toTell.Where(message => told.All(known => known.Key != message.Key) && !IsRenamed(events, told, toTell, message)
                && !(message.Kind == MessageKind.Delivered && IsOldNews(before, told, message))),
            .. toAsk.Where(task => asked.All(known => known.Key != task.Key)),
            .. asked.Where(known => toAsk.All(task => task.Key != known.Key)).Select(task => new WithdrawStaffTask(task.Key, WithdrawalReason.NoLongerNeeded, now)),
            .. Watch(before, after, rules),
            .. Timers(after, rules, now).ExceptBy(Timers(before, rules, now).Select(timer => timer.Message), timer => timer.Message)
                .Select(timer => timer.At is { } at ? timer.Message.ScheduledAt(at) : timer.Message),
            .. Pause(before, after, now),
            .. Cancelled(before, after),
            .. events.OfType<OrderBecameLate>().Select(late => new OrderLate(id, after.Customer, late.PromisedOn, late.At)),
        ];
    }

    /// <summary>Each parcel was told of when it arrived: that all have is nothing new.</summary>
    private static bool IsOldNews(Order before, SendMessage[] told, SendMessage message) =>
        before.Delivered is not null && message.Key == Messages.KeyOf(before, "delivered") && told.Any(known => known.Kind == MessageKind.Delivered);

    /// <summary>News can come before its parcel is known, or the parcel before its id, and be told under what it was called by then.</summary>
    private static bool IsRenamed(IReadOnlyList<OrderEvent> events, SendMessage[] told, SendMessage[] toTell, SendMessage message) =>
        events.Any(e => e is OrderShipped) && told.Any(known => known.Kind == message.Kind && (message.Kind == MessageKind.Shipped || known.Occasion == message.Occasion)
            && toTell.All(due => due.Key != known.Key));

    /// <summary>What may wait, for an address or for the morning, and must not leave any more.</summary>
    private static IEnumerable<WithdrawMessages> Withdrawn(Order before, Order after, SendMessage[] told, SendMessage[] toTell, DateTimeOffset now)
    {
        if (after.Customer is not { IsNobody: false } customer) yield break;
        WithdrawMessages Withdraw(string reason, DateTimeOffset at, MessageKind[] kinds) => new(customer, after.Id, reason, at, kinds);
        if (after.IsClosed)
        {
            // An order that was thrown away opens again when a payment is heard of, which may be older than that: its thanks are still to come.
            var kinds = after.Cancelled is null && !after.IsRefunded ? [.. told.Select(message => message.Kind).Distinct()] : OfOpenOrders;
            if (!before.IsClosed && kinds.Length > 0) yield return Withdraw(after.IsCancelled ? "cancelled" : "refunded", now, kinds);
            yield break;
        }

        var gone = told.Where(message => now - message.Occasion.OccurredAt < OrderRules.Freshness && toTell.All(due => due.Kind != message.Kind)).ToArray();
        if (gone.Length == 0) yield break;

        // Up to the last of them, not up to now: the next parcel's news may have happened already.
        yield return Withdraw("overtaken", gone.Max(message => message.Occasion.OccurredAt), [.. gone.Select(message => message.Kind).Distinct()]);
    }

    /// <summary>Who is unhappy is not offered anything until somebody has seen to it.</summary>
    private static IEnumerable<object> Pause(Order before, Order after, DateTimeOffset now) => after.Customer is not { IsNobody: false } customer
        ? []
        : (before.IsUnhappy, after.IsUnhappy) switch
        {
            (false, true) => [new PauseMarketing(customer, after.Id, now)],
            (true, false) => [new ResumeMarketing(customer, after.Id, now)],
            _ => [],
        };

    /// <summary>Who hears of orders that are placed hears of it too, under the same customer.</summary>
    private static IEnumerable<Contracts.OrderCancelled> Cancelled(Order before, Order after)
    {
        static CustomerId? Whose(Order order) => order is { IsCancelled: true, Placed: not null } ? order.Customer : null;
        return Whose(after) is { } customer && Whose(before) != customer
            ? [new(after.OrderId, customer, (after.Cancelled?.Reported ?? after.Removed?.Reported)!)]
            : [];
    }

    /// <summary>A payment is watched until its thanks have left, or are not wanted any more.</summary>
    private static IEnumerable<object> Watch(Order before, Order after, OrderRules rules) => (ThankForPayment.IsAwaited(before), ThankForPayment.IsAwaited(after)) switch
    {
        (false, true) => [new WatchThankYou(after.OrderId, after.Paid!.Reported.ReceivedAt + rules.ThankYouWithin)],
        (true, false) => [new ThankYouSettled(after.OrderId)],
        _ => [],
    };

    private static IEnumerable<(object Message, DateTimeOffset? At)> Timers(Order order, OrderRules rules, DateTimeOffset now)
    {
        if (ThankForPayment.WaitsForDetails(order)) yield return (new OrderDetailsOverdue(order.OrderId), null);
        if (Promise.Timer(order, rules, now) is { } promise) yield return promise;
        if (Promise.CallTimer(order, rules) is { } call) yield return call;
        if (CheckIn.Timer(order, rules, now) is { } checkIn) yield return checkIn;
        if (CheckIn.InvitationTimer(order, rules) is { } invitation) yield return invitation;
    }
}

/// <summary>What the clock says of an order.</summary>
public interface IOrderTimer : IGrouped
{
    OrderId Order { get; }

    string IGrouped.GroupId => Orders.Order.Key(Order);
}
