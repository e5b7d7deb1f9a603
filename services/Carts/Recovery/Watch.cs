using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Recovery;

/// <summary>The clock says: a cart may have been quiet for long enough to count as left. Or whose it is is known only now.</summary>
/// <param name="Since">When the cart had something in it; one of an earlier time does nothing.</param>
public sealed record CartQuiet(CartId Cart, DateTimeOffset? Since = null) : ICartMessage
{
    /// <summary>What a shop tells late comes together: the end of the story too.</summary>
    internal static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    internal static DateTimeOffset DueAt(Cart cart, TimeSpan abandonedAfter) =>
        new[] { cart.Last!.OccurredAt + abandonedAfter, cart.Last.ReceivedAt + Settling }.Max();

    internal static DeliveryMessage<CartQuiet> For(Cart cart, TimeSpan abandonedAfter) =>
        new CartQuiet(cart.Key, cart.OpenedAt).ScheduledAt(DueAt(cart, abandonedAfter));
}

public static class CartQuietHandler
{
    public static async Task<OutgoingMessages> Handle(CartQuiet due, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var settings = await session.SettingsAsync<CartsSettings>(ct);
        var now = clock.GetUtcNow();
        DeliveryMessage<CartQuiet>? again = null;
        var messages = await session.Record(
            due.Cart, cart => (again = Watch.GoesOn(cart, due, settings, now)) is null ? Decide(cart, due, settings) : [], now, ct);
        if (again is not null) messages.Add(again);
        return messages;
    }

    /// <summary>Nothing, where it was bought, emptied or told of before: a timer outlives what it was set for.</summary>
    internal static CartEvent[] Decide(Cart cart, CartQuiet due, CartsSettings settings)
    {
        var plan = settings.Plan();
        if (cart.IsOwnerNew)
            return [new CarePlanned(cart.Abandonment!.Number, cart.CustomerId!.Value, cart.Abandonment.FirstStep <= plan.Count ? plan : [])];
        if (!Watch.IsOf(cart, due)) return [];
        var (lines, first) = (cart.Contents.Current(), FirstStep(cart));
        var leftAt = cart.Last!.OccurredAt + settings.AbandonedAfter();
        var canBeWritten = cart.CustomerId is not null && lines.Count > 0 && first <= plan.Count && !cart.Last.Backfill;   // history makes state, never messages
        return
        [
            new CartLeftBehind(
                (cart.Abandonment?.Number ?? 0) + 1, cart.Last.OccurredAt, cart.CustomerId, lines, cart.Contents.Value(), cart.Step,
                canBeWritten ? plan : [], cart.Last.EvenIfStale, settings.DayOf(leftAt), leftAt, first),
        ];
    }

    /// <summary>Whoever comes back, puts nothing in and leaves again is told nothing twice; after the good-bye, or an answer, nothing at all.</summary>
    private static int FirstStep(Cart cart) => cart.Abandonment is { } before && !(cart.LastOrder > before.LastActivity)
            && cart.Contents.Current().All(line => line.Quantity <= Contents.CountIn(before.Lines, line))
        ? before.NextStepOfTheSame
        : 1;
}

/// <summary>An open cart has one timer that counts, however much happens in it: it is set when there is something to leave, and set anew when it was too early.</summary>
internal static class Watch
{
    public static bool Begins(Cart before, Cart after) => after.IsOpen && !before.IsOpen;

    public static bool IsOf(Cart cart, CartQuiet due) => cart.IsOpen && (due.Since is null || due.Since == cart.OpenedAt);

    /// <summary>Null where the cart was quiet for long enough, or there is nothing to watch any more.</summary>
    public static DeliveryMessage<CartQuiet>? GoesOn(Cart cart, CartQuiet due, CartsSettings settings, DateTimeOffset now) =>
        IsOf(cart, due) && CartQuiet.DueAt(cart, settings.AbandonedAfter()) > now ? CartQuiet.For(cart, settings.AbandonedAfter()) : null;
}
