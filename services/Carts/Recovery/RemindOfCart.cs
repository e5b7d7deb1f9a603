using Engagement.Carts.Settings;
using Engagement.Carts.Shoppers;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Recovery;

/// <summary>The clock says: a step of winning a cart back is due.</summary>
public sealed record ReminderDue(CartId Cart, int Number, int Step) : ICartMessage
{
    internal static DeliveryMessage<ReminderDue> For(CartId cart, Abandonment left, int step) =>
        new ReminderDue(cart, left.Number, step).ScheduledAt(left.DueAt(step));
}

public static class ReminderDueHandler
{
    public static async Task<OutgoingMessages> Handle(ReminderDue due, IDocumentSession session, PageLinks links, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var cart = await session.Events.FetchLatest<Cart>(Cart.StreamKey(due.Cart), ct);
        if (cart?.Abandonment is not { IsRunning: true, Customer: { } customer }) return [];   // it was bought, or the customer is back
        // What ends it may be known of the customer, and on its way to the cart.
        var shopper = await session.WholeShopperAsync(customer, ct);
        var settings = await session.SettingsAsync<CartsSettings>(ct);
        OutgoingMessages messages = [];
        messages.AddRange(await session.Record(due.Cart, cart => Decide(cart, due, shopper, settings, now), now, ct));
        messages.AddRange(Follow(cart, due, shopper, settings, links, session.TenantId, now));
        return messages;
    }

    /// <summary>Nothing, where it was asked for, is over, or the next step is due as well: after a long silence of ours nobody gets two at once.</summary>
    internal static CartEvent[] Decide(Cart cart, ReminderDue due, Shopper? shopper, CartsSettings settings, DateTimeOffset now)
    {
        if (cart.Abandonment is { IsRunning: true } care && care.Number == due.Number && EndOf(care, shopper, settings) is { } reason)
            return [new RecoveryEnded(care.Number, reason, now)];
        return IsWanted(cart, due, shopper, settings) is { } left && !IsOutrun(left, due, now)
            ? [new ReminderAsked(left.Number, due.Step, KindOf(left, due.Step), left.DueAt(due.Step), now)]
            : [];
    }

    /// <summary>The message, and the timer of the next step.</summary>
    internal static IEnumerable<object> Follow(
        Cart cart, ReminderDue due, Shopper? shopper, CartsSettings settings, PageLinks links, string tenant, DateTimeOffset now)
    {
        if (IsWanted(cart, due, shopper, settings) is not { } left) yield break;
        if (!IsOutrun(left, due, now)) yield return Ask(cart, left, due.Step, settings, links, tenant);
        if (due.Step < left.Plan.Count) yield return ReminderDue.For(due.Cart, left, due.Step + 1);
    }

    /// <summary>The first reminds, the last says good-bye and asks why. Where nothing was said before, the last asks whether we can help.</summary>
    internal static MessageKind KindOf(Abandonment left, int step)
    {
        if (step < left.Plan.Count) return step == 1 ? MessageKind.CartReminder : MessageKind.CartQuestion;
        return left.FirstStep > 1 || left.Reminders.Any(reminder => reminder.Step < step) ? MessageKind.CartFarewell : MessageKind.CartQuestion;
    }

    /// <summary>What ends the care though nothing happened at the cart: the shop, or a refusal of before it counted as left, when there was nothing to end.</summary>
    private static RecoveryEnd? EndOf(Abandonment left, Shopper? shopper, CartsSettings settings) =>
        settings.Plan().Count == 0 ? RecoveryEnd.SwitchedOff : shopper?.StoppedAt >= left.LastActivity ? RecoveryEnd.Refused : null;

    private static Abandonment? IsWanted(Cart cart, ReminderDue due, Shopper? shopper, CartsSettings settings) =>
        cart.Abandonment is { IsRunning: true, Customer: not null } left && left.Number == due.Number && due.Step <= left.Plan.Count
            && left.Asked(due.Step) is null && EndOf(left, shopper, settings) is null && shopper?.HasStopped(cart.Key, left.LastActivity) != true ? left : null;

    private static bool IsOutrun(Abandonment left, ReminderDue due, DateTimeOffset now) => due.Step < left.Plan.Count && left.DueAt(due.Step + 1) <= now;

    /// <summary>Its occasion is the step's own time: the cart is older than what Messaging would still write about.</summary>
    private static SendMessage Ask(Cart cart, Abandonment left, int step, CartsSettings settings, PageLinks links, string tenant)
    {
        var due = left.DueAt(step);
        Uri? Link(string purpose, string subject) => links.UrlOf(new PageLink(purpose, tenant, subject, due + CartPages.Last));
        return new(
            new ReminderKey(cart.Key, left.Number, step).ToMessage(KindOf(left, step)), KindOf(left, step), left.Customer,
            new Occasion(cart.Id, due, left.EvenIfStale),
            new CartLeft(
                cart.Key, cart.Contents.Current(), cart.Contents.Value(), Link(PagePurposes.Cart, new CartSubject(cart.Key, left.Customer).ToString()),
                step == left.Plan.Count ? Link(PagePurposes.CartQuestion, new CartQuestionSubject(cart.Key, left.Number, left.Customer!.Value).ToString()) : null,
                settings.IncentiveFor(step)));
    }
}

internal static class CartPages
{
    /// <summary>How long a mail's links work.</summary>
    public static readonly TimeSpan Last = TimeSpan.FromDays(30);
}
