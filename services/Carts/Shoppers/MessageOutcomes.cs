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
        return session.Remember(shopper, Decide(shopper, customer, key, message.At, window));
    }

    public static RecordReminderNotSent? Handle(MessageSuppressed message) => NotSent(message, message.Reason);

    public static RecordReminderNotSent? Handle(MessageFailed message) => NotSent(message, message.Reason);

    /// <summary>Orders within the window that were heard of first may count for it, and for no other cart then.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, CustomerId customer, ReminderKey key, DateTimeOffset at, TimeSpan window)
    {
        var sent = new SentReminder(key.Cart, key.Number, key.Step, at);
        if (shopper.Sent.Contains(sent)) return (shopper, []);
        var after = shopper.With(sent);
        List<object> messages = [new RecordReminderSent(key.Cart, key.Number, key.Step, at)];
        foreach (var before in shopper.Orders.Where(order => at <= order.At && order.At <= at + window))
        {
            var order = before with { CountsFor = after.ClaimTo(before.Order, before.At, before.Named, window) };
            if (order == before) continue;
            after = after.With(order);
            messages.AddRange(new[] { before.CountsFor, order.CountsFor }.OfType<CartId>().Select(cart => order.ToNote(cart, customer)));
        }

        return (after, messages);
    }

    private static RecordReminderNotSent? NotSent(IMessageOutcome message, string reason) =>
        ReminderKey.Of(message.Key) is { } key ? new(key.Cart, key.Number, key.Step, reason, message.At) : null;
}
