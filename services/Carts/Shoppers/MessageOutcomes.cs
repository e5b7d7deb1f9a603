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
        if (ReminderKey.Of(message.Key) is null || message.CustomerId is not { } customer) return [];
        var window = (await session.SettingsAsync<CartsSettings>(ct)).Attribution();
        return await session.Remember(customer, shopper => Decide(shopper, message, window), ct);
    }

    public static RecordReminderNotSent? Handle(MessageSuppressed message) => NotSent(message, message.Reason);

    public static RecordReminderNotSent? Handle(MessageFailed message) => NotSent(message, message.Reason);

    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, MessageSent message, TimeSpan window) =>
        shopper.KnownAs is { } account ? (shopper, [message with { CustomerId = account }])
        : ReminderKey.Of(message.Key) is { } key ? Decide(shopper, new SentReminder(key.Cart, key.Number, key.Step, message.At), window)
        : (shopper, []);

    /// <summary>Orders within the window that were heard of first may count for it, and for no other cart then.</summary>
    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, SentReminder sent, TimeSpan window)
    {
        if (shopper.Sent.Contains(sent)) return (shopper, []);
        var after = shopper.With(sent);
        List<object> messages = [new RecordReminderSent(sent.Cart, sent.Number, sent.Step, sent.At)];
        foreach (var before in shopper.Orders.Where(order => sent.At <= order.At && order.At <= sent.At + window))
        {
            var order = before with { CountsFor = after.ClaimTo(before.Order, before.At, before.Named, window) };
            if (order == before) continue;
            after = after.With(order);
            messages.AddRange(new[] { before.CountsFor, order.CountsFor }.OfType<CartId>().Select(cart => order.ToNote(cart, shopper.CustomerId)));
        }

        return (after, messages);
    }

    private static RecordReminderNotSent? NotSent(IMessageOutcome message, string reason) =>
        ReminderKey.Of(message.Key) is { } key ? new(key.Cart, key.Number, key.Step, reason, message.At) : null;
}
