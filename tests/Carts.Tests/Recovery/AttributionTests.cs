using Engagement.Carts.Recovery;
using Engagement.Carts.Shoppers;
using Engagement.Contracts;
using Engagement.Testing;
using static Engagement.Carts.Tests.Telling;

namespace Engagement.Carts.Tests.Recovery;

/// <summary>Which order counts for which cart, with all that the customer's carts and the customer's own document say to each other.</summary>
public class AttributionTests
{
    private static readonly CartId Def = new("def");

    /// <summary>Two carts were left and written about, at 61 and at 200.</summary>
    private static readonly object[] Sendings = [Outcome(Abc, 61), Outcome(Def, 200)];

    [Fact]
    public void In_every_order_of_arrival_the_same_order_counts_for_the_same_cart()
    {
        // The first is for Abc, the last one written about then. The one that names Abc comes after Def was written about, and so does the last.
        object[] facts = [.. Sendings, Placed("o-1", 100, null), Placed("o-2", 210, Abc), Placed("o-3", 220, null)];
        foreach (var order in Permutations.Of(facts)) CountedAfter(order).ShouldBe([(Abc, "o-1", 1), (Def, "o-2", 1)]);
        object[] cancelled = [.. facts, new OrderCancelled(new("o-2"), Giulia, Reported(300))];
        foreach (var order in Permutations.Of(cancelled)) CountedAfter(order).ShouldBe([(Abc, "o-1", 1), (Def, "o-3", 1)]);
    }

    [Fact]
    public void Of_a_cart_that_nobody_was_written_about_no_order_counts() =>
        CountedAfter([Placed("o-1", 100, Abc), Placed("o-2", 210, null)]).ShouldBeEmpty();

    [Fact]
    public void An_order_that_names_the_cart_counts_though_another_customer_made_it() =>
        CountedAfter([Sendings[0], Placed("o-1", 100, Abc) with { CustomerId = new("guest-1") }]).ShouldBe([(Abc, "o-1", 1)]);

    [Fact]
    public void A_guest_who_turns_out_to_have_an_account_is_one_customer_with_it_in_every_order_of_arrival()
    {
        // Abc is the guest's, and so is the order of which no cart is told; Def is the account's, and was written about later.
        CustomerId guest = new("guest-1");
        object[] facts =
        [
            Outcome(Abc, 61) with { CustomerId = guest }, Outcome(Def, 200), Placed("o-1", 100, null), Placed("o-2", 210, null) with { CustomerId = guest },
            new GuestKnown(guest, Giulia), new OrderCancelled(new("o-3"), guest, Reported(230)), Placed("o-3", 150, null) with { CustomerId = guest },
        ];
        object[] told = [Left(Abc, guest), Left(Def, Giulia)];
        foreach (var order in Permutations.Of(facts).Where((_, i) => i % 7 == 0)) CountedAfter(order, told).ShouldBe([(Abc, "o-1", 1), (Def, "o-2", 1)]);
    }

    [Fact]
    public void Whatever_is_told_of_a_guest_or_of_the_account_reaches_the_carts_of_both()
    {
        CustomerId guest = new("guest-1");
        foreach (var order in Permutations.Of<object>(Left(Abc, guest), Left(Def, Giulia), new GuestKnown(guest, Giulia), Placed("o-1", 10, null) with { CustomerId = guest }))
            StatesAfter(order).ShouldBe([(Abc, CartState.Bought), (Def, CartState.Bought)]);
        foreach (var order in Permutations.Of<object>(Left(Abc, guest), Left(Def, Giulia, 5), new GuestKnown(guest, Giulia), new GuestKnown(guest, Giulia)))
            StatesAfter(order).ShouldBe([(Abc, CartState.Replaced), (Def, CartState.Open)]);
        var refused = GuestKnownHandler.Decide(
            new Shopper(Giulia) { Carts = [new(Def, At(5))], StoppedAt = At(20) }, new Shopper(guest) { Carts = [new(Abc, At(0))], StoppedAt = At(30) }, Usual.Attribution());
        refused.Item2.OfType<StopRecovery>().Select(stop => (stop.Cart, stop.At)).ShouldBe([(Abc, At(20)), (Def, At(30)), (Abc, At(30))], ignoreOrder: true);
    }

    [Theory]
    [InlineData("c-1", null)]
    [InlineData("c-1", "def")]
    [InlineData("c-1", "abc")]
    [InlineData("guest-1", "abc")]
    public void An_order_of_the_cart_that_goes_on_counts_for_the_one_that_was_written_about_in_every_order_of_arrival(string customer, string? named)
    {
        // The guest logs in: Abc, which was written about, goes on in Def, which nobody was written about.
        CustomerId guest = new("guest-1");
        object[] facts =
        [
            Merged(90), Outcome(Abc, 61) with { CustomerId = guest }, Placed("o-1", 100, named is null ? null : new CartId(named)) with { CustomerId = new(customer) },
            Change(80, Cup) with { Cart = Def }, new OrderCancelled(new("o-2"), Giulia, Reported(300)), Placed("o-2", 95, null),
        ];
        foreach (var order in Permutations.Of(facts))
        {
            CountedAfter(order, [Left(Abc, guest)]).ShouldBe([(Abc, "o-1", 1)]);
            StatesAfter([Left(Abc, guest), .. order]).ShouldBe([(Abc, CartState.Merged), (Def, CartState.Bought)]);
        }
    }

    [Fact]
    public void Of_a_guest_who_was_unheard_of_there_is_nothing_to_take_over()
    {
        var (guest, messages) = GuestKnownHandler.Decide(new Shopper("guest-1"), new GuestKnown(new("guest-1"), Giulia));
        guest.KnownAs.ShouldBe(Giulia);
        messages.ShouldBeEmpty();
    }

    [Fact]
    public void An_order_counts_once_though_both_carts_that_became_one_were_written_about() =>
        Permutations.Of<object>(Merged(90), Outcome(Abc, 61) with { CustomerId = new("guest-1") }, Outcome(Def, 70), Placed("o-1", 100, Abc))
            .ShouldAllBe(order => CountedAfter(order, new[] { Left(Abc, new("guest-1")), Left(Def, Giulia) }).SequenceEqual(new[] { new ValueTuple<CartId, string, int>(Def, "o-1", 1) }));

    [Fact]
    public void A_cart_that_was_merged_away_passes_on_what_is_ordered_from_then_on_through_all_the_carts_that_it_became()
    {
        MergeCarts Into(string cart, string from, int minutes) => new(new(cart), new(from), [Cup], null, Known, Reported(minutes));
        object[] facts = [Into("b", "abc", 10), Into("c", "b", 20), Into("abc", "c", 21), Into("d", "c", 30), Placed("o-1", 40, Abc)];
        // By 40 the first goes on by itself, as the third was merged into it again.
        foreach (var order in Permutations.Of(facts[..2].Append(facts[4]).ToArray()))
            StatesAfter([Left(Abc, Giulia), .. order]).ShouldBe([(Abc, CartState.Merged), (new("b"), CartState.Merged), (new("c"), CartState.Bought)]);
        foreach (var order in Permutations.Of(facts)) StatesAfter(order).ShouldContain((Abc, CartState.Bought));
        StatesAfter([Left(Abc, new("guest-1")), Placed("o-0", 5, Abc) with { CustomerId = new("guest-1") }, Into("b", "abc", 10)])[1].Item2.ShouldBe(CartState.Open);
    }

    [Fact]
    public void That_an_earlier_order_is_the_one_to_count_is_told_the_shop_and_that_another_step_is_is_not()
    {
        var spec = Given((Change(0, Cup), 0), (Quiet, 60), (Due(1), 60), (Due(2), 24 * 60), (Sent(1, 61), 61));
        spec = spec.When(Ordered(3000), 3000);
        spec.Of<CartWonBack>().ShouldHaveSingleItem().Step.ShouldBe(1);
        spec = spec.When(Sent(2, 1500), 3001);
        spec.Of<CartWonBack>().ShouldHaveSingleItem().Step.ShouldBe(2);
        spec.Of<CartRecovered>().ShouldBeEmpty();
        spec = spec.When(Ordered(2000) with { Order = new("earlier") }, 3002);
        spec.Of<CartRecovered>().ShouldHaveSingleItem().Order.ShouldBe(new OrderId("earlier"));
    }

    [Fact]
    public void An_order_that_is_to_count_for_nothing_after_all_is_not_won_back_and_ends_the_care_all_the_same()
    {
        var spec = Given((Change(0, Cup), 0), (Quiet, 60), (Due(1), 60), (Sent(1, 61), 61), (Ordered(100), 100)).When(Ordered(100, mayCount: false), 110);
        spec.Of<CartNotWonBack>().ShouldBe([new CartNotWonBack(1, Order)]);
        (spec.State!.Abandonment!.WonBack, spec.State.Abandonment.Ended).ShouldBe((null, RecoveryEnd.Ordered));
        spec.When(Ordered(100, mayCount: false), 111).ThenNothing();
    }

    private static MessageSent Outcome(CartId cart, int minutes) =>
        new(new ReminderKey(cart, 1, 1).ToMessage(MessageKind.CartReminder), MessageKind.CartReminder, Giulia, At(minutes));

    private static MergeCarts Merged(int minutes) => new(Def, Abc, [Cup], null, Known, Reported(minutes));

    private static OrderPlaced Placed(string order, int minutes, CartId? cart) => new(new(order), Giulia, new(10m, "EUR"), [], cart, Reported(minutes));

    /// <summary>Cart, order and step of all that was won back once everybody has heard of everything.</summary>
    private static (CartId, string, int)[] CountedAfter(IEnumerable<object> facts, IEnumerable<object>? before = null) =>
    [
        .. After([.. before ?? [Left(Abc, Giulia), Left(Def, Giulia)], .. facts]).SelectMany(cart => cart.Abandonments
            .Where(left => left.WonBack is not null).Select(left => (cart.Key, left.WonBack!.Order.Value, left.WonBack.Step))),
    ];

    private static (CartId, CartState)[] StatesAfter(IEnumerable<object> facts) => [.. After(facts).Select(cart => (cart.Key, cart.State))];

    /// <summary>A cart that was left, and its first message asked for.</summary>
    private static object[] Left(CartId cart, CustomerId customer, int minutes = 0) =>
        [Change(minutes, Cup) with { Cart = cart, Visit = new CartVisit(customer) }, new CartQuiet(cart), new ReminderDue(cart, 1, 1)];

    /// <summary>The carts once everybody has heard of everything.</summary>
    private static Cart[] After(IEnumerable<object> facts)
    {
        var window = Usual.Attribution();
        Dictionary<CartId, Cart> carts = [];
        Dictionary<CustomerId, Shopper> shoppers = [];
        Queue<object> told = new();
        foreach (var fact in facts)
        {
            foreach (var message in fact as object[] ?? [fact]) told.Enqueue(message);
        }

        while (told.TryDequeue(out var message))
        {
            if (message is ICartFact or ICartMessage)
            {
                var id = message is ICartFact fact ? fact.Cart : ((ICartMessage)message).Cart;
                var before = carts.GetValueOrDefault(id, new Cart(Cart.StreamKey(id)));
                object[] outcomes = [.. Decide(before, message, At(60))];
                carts[id] = before.After(outcomes.OfType<CartEvent>());
                foreach (var follows in outcomes.Where(outcome => outcome is IShopperMessage or ICartMessage or MessageSent)) told.Enqueue(follows);
            }
            else
            {
                var customer = message switch
                {
                    OrderPlaced m => m.CustomerId,
                    OrderCancelled m => m.CustomerId,
                    GuestKnown m => m.CustomerId,
                    IShopperMessage m => m.CustomerId,
                    MessageSent m => m.CustomerId!.Value,
                    _ => throw new ArgumentOutOfRangeException(nameof(facts)),
                };
                var shopper = shoppers.GetValueOrDefault(customer, new Shopper(customer));
                var (after, messages) = message switch
                {
                    OrderPlaced m => OrderPlacedHandler.Decide(shopper, m, window),
                    OrderCancelled m => OrderCancelledHandler.Decide(shopper, m),
                    CartSeen m => CartSeenHandler.Decide(shopper, m),
                    MessageSent m => MessageOutcomesHandler.Decide(shopper, m, window),
                    GuestKnown m => GuestKnownHandler.Decide(shopper, m),
                    TakeGuestOver m => GuestKnownHandler.Decide(shopper, m.Guest, window),
                    _ => throw new ArgumentOutOfRangeException(nameof(facts)),
                };
                shoppers[customer] = after;
                foreach (var follows in messages) told.Enqueue(follows);
            }
        }

        return [.. carts.Values.OrderBy(cart => cart.Id, StringComparer.Ordinal)];
    }
}
