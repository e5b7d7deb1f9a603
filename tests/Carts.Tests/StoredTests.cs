using Engagement.Carts.Reading;
using Engagement.Carts.Recovery;
using Engagement.Carts.Settings;
using Engagement.Carts.Shoppers;
using Engagement.Carts.Shopping;
using Engagement.Contracts;
using Engagement.Testing;
using static Engagement.Carts.Tests.Telling;

namespace Engagement.Carts.Tests;

/// <summary>What lies in the store and in the queue.</summary>
public class StoredTests
{
    private static readonly Money Value = new(59.80m, "EUR");
    private static readonly CartId Other = new("def");
    private static readonly CartWonBack Won = new(1, 2, Order, Value, true, At(90));

    private static readonly object[] Samples =
    [
        new CartChanged([Cup], Value, Known, Reported(0)),
        new ItemAdded(Cup, Known, Reported(0)),
        new ItemTaken("TZ-1", 2, Known, Reported(0)),
        new CheckoutStepReached("contact", Known, Reported(0)),
        new CheckoutCompleted(Order, Known, Reported(0)),
        new CartsMerged(Other, [Cup], Value, Known, Reported(0)),
        new MergedAway(Other, At(0), Giulia),
        new CustomerOrdered(Order, Giulia, Value, [Cup], Abc, true, Reported(0)),
        new NewerCartSeen(Other, At(0)),
        new CartLeftBehind(1, At(0), Giulia, [Cup], Value, "contact", Usual.Plan(), true, new DateOnly(2026, 1, 12), At(60), 2),
        new NewerCartsEmptied(At(90)),
        new CareResumed(1),
        new NoteNewerCartsEmptied(Abc, At(90)),
        new CartEmptied(Giulia, Abc, At(90)),
        new CartGoneOver(Giulia, Abc, new("c-2")),
        new CarePlanned(1, Giulia, Usual.Plan()),
        new ReminderAsked(1, 1, MessageKind.CartReminder, At(60), At(61)),
        new ReminderSent(1, 1, At(62)),
        new ReminderNotSent(1, 1, "stale", At(62)),
        new RecoveryEnded(1, RecoveryEnd.NewerCart, At(70)),
        Won,
        new CartNotWonBack(1, Order),
        new ReasonGiven(1, CartReason.Other, new Sealed("c2VhbGVk"), At(90)),
        new CartQuiet(Abc, At(0)),
        Due(2),
        Sent(2, 62),
        new RecordReminderNotSent(Abc, 1, 2, "stale", At(62)),
        Ordered(90, lines: [Cup]),
        new NoteNewerCart(Abc, Other, At(90)),
        new StopRecovery(Abc, RecoveryEnd.Refused, At(90)),
        new MergeAway(Abc, Other, At(90), Giulia),
        new CartSeen(Giulia, Abc, At(0)),
        new Shopper(Giulia)
        {
            Carts = [new(Abc, At(0), true)], Orders = [new(Order, Abc, Value, Abc, Reported(90))], Cancelled = [Order], Sent = [new(Abc, 1, 2, At(62))], StoppedAt = At(95),
            KnownAs = new("c-2"),
        },
        new TakeGuestOver(Giulia, new Shopper("guest-1") { Carts = [new(Abc, At(0))] }),
        new AbandonedCart("abc#1", Abc, 1, Giulia, new DateOnly(2026, 1, 12), At(60), Value, "contact")
        {
            State = AbandonedCartState.Recovered, Sent = [1, 2], Reason = CartReason.Price, Ended = RecoveryEnd.Ordered, Order = Order, Recovered = Value,
            RecoveredStep = 2, IsPartial = true,
        },
        new CountedCart("2026-01-12T12:00:00 Left:contact abc"),
        new CartsSettings(
            90, ["72:00:00"], [new CheckoutStep("contact", new("Dati", "Details"), [new("email", new("l'e-mail", "the e-mail"))])], 3,
            [new StepIncentive(1, "TORNA5", 5, "EUR", 5)], "en", "Europe/London"),
    ];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_earlier_shapes_still_read(string name) => StoredShapes.Match(Samples.Single(sample => sample.GetType().Name == name));

    [Fact]
    public void Every_event_message_and_document_is_approved() => StoredShapes.MatchAll(
        [
            .. StoredShapes.EventsOf<Cart>(), .. StoredShapes.Of<ICartMessage>(typeof(Cart).Assembly), .. StoredShapes.Of<IShopperMessage>(typeof(Cart).Assembly),
            typeof(Shopper), typeof(AbandonedCart), typeof(CountedCart), typeof(CartsSettings),
        ],
        Samples);

    [Fact]
    public void Every_kind_of_event_has_a_place_in_the_cart() =>
        StoredShapes.EventsOf<Cart>().ShouldBe(StoredShapes.Of<CartEvent>(typeof(Cart).Assembly), ignoreOrder: true);

    [Fact]
    public void A_cart_that_went_through_everything_reads_as_it_was_written()
    {
        var cart = Given((Change(0, Cup), 0), (Add(1, Cushion), 1), (Reach(2, "contact", "email"), 2), (Quiet, 62), (Due(1), 62), (Sent(1, 63), 63), (Ordered(90), 90)).State!;
        var json = System.Text.Json.JsonSerializer.Serialize(cart, ServiceDefaults.StoredJson.Options);
        Spec.Written([System.Text.Json.JsonSerializer.Deserialize<Cart>(json, ServiceDefaults.StoredJson.Options)!]).ShouldBe(Spec.Written([cart]));
    }
}
