using Engagement.Carts.Recovery;
using Engagement.Carts.Settings;
using Engagement.Carts.Shoppers;
using Engagement.Carts.Shopping;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Carts.Tests;

/// <summary>What a shop tells of Giulia's cart, and how Carts decides on it. Times are minutes after noon.</summary>
internal static class Telling
{
    public static readonly CartId Abc = new("abc");
    public static readonly CustomerId Giulia = new("c-1");
    public static readonly OrderId Order = new("1001");
    public static readonly Uri Shop = new("https://shop.example/cart/abc");
    public static readonly CartVisit Known = new(Giulia, "it", Shop, ["email"]);
    public static readonly OrderLine Cup = new("Tazza", 2, new Money(14.95m, "EUR"), "TZ-1");
    public static readonly OrderLine Cushion = new("Cuscino", 1, new Money(29.90m, "EUR"));
    public static readonly CartsSettings Usual = new();
    public static readonly PageLinks Links = new(ServiceHost.PageKey, null, new Uri("https://engage.example"));

    public static DateTimeOffset Noon => Spec.Noon;

    public static DateTimeOffset At(int minutes) => Noon.AddMinutes(minutes);

    /// <summary>Told as it happens.</summary>
    public static Reported Reported(int minutes) => new(At(minutes), At(minutes));

    public static ChangeCart Change(int minutes, params OrderLine[] lines) => new(Abc, lines, null, Known, Reported(minutes));

    public static AddToCart Add(int minutes, OrderLine line, CartVisit? visit = null) => new(Abc, line, visit, Reported(minutes));

    public static TakeFromCart Take(int minutes, string item, int? quantity = null) => new(Abc, item, quantity, null, Reported(minutes));

    public static ReachCheckoutStep Reach(int minutes, string step, params string[] given) =>
        new(Abc, step, given.Length == 0 ? null : new CartVisit(Given: given), Reported(minutes));

    public static CompleteCheckout Complete(int minutes) => new(Abc, Order, null, Reported(minutes));

    public static NoteOrder Ordered(int minutes, decimal total = 59.80m, string? named = "abc", bool mayCount = true, params OrderLine[] lines) =>
        new(Abc, Order, Giulia, new Money(total, "EUR"), lines, named is null ? null : new CartId(named), mayCount, Reported(minutes));

    public static CartQuiet Quiet => new(Abc);

    public static ReminderDue Due(int step, int number = 1) => new(Abc, number, step);

    public static RecordReminderSent Sent(int step, int minutes, int number = 1) => new(Abc, number, step, At(minutes));

    public static AnswerCartQuestion Because(CartReason reason, int minutes) => new(Abc, 1, Giulia, reason, null, At(minutes));

    /// <summary>A cart that went through this, each message at its own time.</summary>
    public static Spec<Cart> Given(params (object Message, int Minutes)[] past) =>
        past.Aggregate(new Spec<Cart>(Cart.StreamKey(Abc), Decide), (spec, told) => spec.When(told.Message, At(told.Minutes)));

    public static Spec<Cart> When(this Spec<Cart> spec, object message, int minutes) => spec.When(message, At(minutes));

    public static void ThenState(this Spec<Cart> spec, CartState state) => spec.State!.State.ShouldBe(state);

    /// <summary>What of these types followed from the last message.</summary>
    public static T[] Of<T>(this Spec<Cart> spec) => [.. spec.Outcomes!.OfType<T>()];

    /// <summary>As <see cref="Decide(Cart?, object, DateTimeOffset)"/>, by other settings.</summary>
    public static Func<Cart?, object, DateTimeOffset, IEnumerable<object>> By(CartsSettings settings, Shopper? shopper = null) =>
        (cart, message, now) => Decide(cart, message, now, settings, shopper);

    /// <summary>What comes of a message: events, then the messages that follow, then the timers.</summary>
    public static IEnumerable<object> Decide(Cart? cart, object message, DateTimeOffset now) => Decide(cart, message, now, Usual, null);

    private static IEnumerable<object> Decide(Cart? cart, object message, DateTimeOffset now, CartsSettings settings, Shopper? shopper)
    {
        var before = cart ?? new Cart(Cart.StreamKey(Abc));
        var again = message is CartQuiet ? Watch.GoesOn(before, (CartQuiet)message, settings, now) : null;
        var events = CartStream.Decide(
            before,
            c => message switch
            {
                ChangeCart m => ChangeCartHandler.Decide(c, m),
                AddToCart m => AddToCartHandler.Decide(c, m),
                TakeFromCart m => TakeFromCartHandler.Decide(c, m),
                ReachCheckoutStep m => ReachCheckoutStepHandler.Decide(c, m, m.Step ?? settings.Checkout()[0].Name),
                CompleteCheckout m => CompleteCheckoutHandler.Decide(c, m),
                MergeCarts m => MergeCartsHandler.Decide(c, m),
                MergeAway m => MergeAwayHandler.Decide(c, m),
                CartQuiet m => again is null ? CartQuietHandler.Decide(c, m, settings) : [],
                ReminderDue m => ReminderDueHandler.Decide(c, m, shopper, settings, now),
                RecordReminderSent m => RecordReminderHandler.Decide(c, m, settings.Attribution()),
                RecordReminderNotSent m => RecordReminderHandler.Decide(c, m),
                NoteOrder m => NoteOrderHandler.Decide(c, m, settings.Attribution()),
                NoteNewerCart m => StopRecoveryHandler.Decide(c, m),
                NoteNewerCartsEmptied m => StopRecoveryHandler.Decide(c, m),
                StopRecovery m => StopRecoveryHandler.Decide(c, m),
                AnswerCartQuestion m => AnswerCartQuestionHandler.Decide(c, m),
                _ => throw new ArgumentOutOfRangeException(nameof(message)),
            },
            now);
        var after = before.After(events);
        return
        [
            .. events, .. CartStream.Follow(before, after, events, now),
            .. message is ReminderDue due ? ReminderDueHandler.Follow(before, due, shopper, settings, Links, ServiceHost.Tenant, now) : [],
            .. Watch.Begins(before, after) ? [CartQuiet.For(after, settings.AbandonedAfter())] : Array.Empty<object>(),
            .. again is null ? Array.Empty<object>() : [again],
        ];
    }
}
