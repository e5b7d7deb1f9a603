using Engagement.Carts.Recovery;
using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Shoppers;

/// <summary>What became of the messages that were asked for; those about other things are passed over.</summary>
public static class MessageOutcomesHandler
{
    public static async Task<OutgoingMessages> Handle(MessageSent message, IDocumentSession session, CancellationToken ct)
    {
        if (ReminderKey.Of(message.Key) is not { } key || message.CustomerId is not { } customer) return [];
        var window = (await session.SettingsAsync<CartsSettings>(ct)).Attribution();
        var shopper = await session.ShopperAsync(customer, ct);
        return session.Remember(shopper, Decide(shopper, key, message.At, window));
    }

    public static RecordReminderNotSent? Handle(MessageSuppressed message) => NotSent(message, message.Reason);

    public static RecordReminderNotSent? Handle(MessageFailed message) => NotSent(message, message.Reason);

    /// <summary>An order that was heard of first, and that nothing has a claim to, may count for it.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, ReminderKey key, DateTimeOffset at, TimeSpan window)
    {
        var sent = new SentReminder(key.Cart, key.Number, key.Step, at);
        if (shopper.Sent.Contains(sent)) return (shopper, []);
        var order = shopper.Orders.FirstOrDefault(order => !order.Claimed && at <= order.At && order.At <= at + window);
        var after = shopper.With(sent);
        return (order is null ? after : after.With(order with { Claimed = true }), [new RecordReminderSent(key.Cart, key.Number, key.Step, order?.Order, at)]);
    }

    private static RecordReminderNotSent? NotSent(IMessageOutcome message, string reason) =>
        ReminderKey.Of(message.Key) is { } key ? new(key.Cart, key.Number, key.Step, reason, message.At) : null;
}
