using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Recovery;

/// <summary>A step's message was sent.</summary>
public sealed record RecordReminderSent(CartId Cart, int Number, int Step, DateTimeOffset At) : ICartMessage;

/// <summary>A step's message will not be sent.</summary>
public sealed record RecordReminderNotSent(CartId Cart, int Number, int Step, string Reason, DateTimeOffset At) : ICartMessage;

public static class RecordReminderHandler
{
    public static async Task<OutgoingMessages> Handle(RecordReminderSent message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var window = (await session.SettingsAsync<CartsSettings>(ct)).Attribution();
        return await session.Record(message.Cart, cart => Decide(cart, message, window), clock.GetUtcNow(), ct);
    }

    public static Task<OutgoingMessages> Handle(RecordReminderNotSent message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    /// <summary>The order may have been heard of first.</summary>
    internal static IEnumerable<CartEvent> Decide(Cart cart, RecordReminderSent message, TimeSpan window)
    {
        if (Waiting(cart, message.Number, message.Step) is not { } left) return [];
        var sent = new ReminderSent(message.Number, message.Step, message.At);
        return [sent, .. Attribution.Settle(cart.Apply(sent), window), .. End(left, message.Step, message.At)];
    }

    internal static IEnumerable<CartEvent> Decide(Cart cart, RecordReminderNotSent message) => Waiting(cart, message.Number, message.Step) is { } left
        ? [new ReminderNotSent(message.Number, message.Step, message.Reason, message.At), .. End(left, message.Step, message.At)]
        : [];

    private static Abandonment? Waiting(Cart cart, int number, int step) => cart.Abandonments.FirstOrDefault(left => left.Number == number) is { } left
        && left.Asked(step) is { SentAt: null, NotSent: null } ? left : null;

    private static IEnumerable<CartEvent> End(Abandonment left, int step, DateTimeOffset at) =>
        left.IsRunning && step == left.Plan.Count ? [new RecoveryEnded(left.Number, RecoveryEnd.Finished, at)] : [];
}
