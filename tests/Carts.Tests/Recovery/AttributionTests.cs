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

    private static OrderPlaced Placed(string order, int minutes, CartId? cart) => new(new(order), Giulia, new(10m, "EUR"), [], cart, Reported(minutes));

    /// <summary>Cart, order and step of all that was won back once everybody has heard of everything.</summary>
    private static (CartId, string, int)[] CountedAfter(IEnumerable<object> facts)
    {
        var window = Usual.Attribution();
        Dictionary<CartId, Cart> carts = [];
        Dictionary<CustomerId, Shopper> shoppers = [];
        Queue<object> told = new([.. new[] { Abc, Def }.SelectMany(cart => new object[]
        {
            Change(0, Cup) with { Cart = cart }, new CartQuiet(cart), new ReminderDue(cart, 1, 1),
        }), .. facts]);
        while (told.TryDequeue(out var message))
        {
            if (message is ICartFact or ICartMessage)
            {
                var id = message is ICartFact fact ? fact.Cart : ((ICartMessage)message).Cart;
                var before = carts.GetValueOrDefault(id, new Cart(Cart.StreamKey(id)));
                object[] outcomes = [.. Decide(before, message, At(60))];
                carts[id] = before.After(outcomes.OfType<CartEvent>());
                foreach (var seen in outcomes.OfType<CartSeen>()) told.Enqueue(seen);
            }
            else
            {
                var customer = message switch
                {
                    OrderPlaced m => m.CustomerId,
                    OrderCancelled m => m.CustomerId,
                    CartSeen m => m.CustomerId,
                    MessageSent m => m.CustomerId!.Value,
                    _ => throw new ArgumentOutOfRangeException(nameof(facts)),
                };
                var shopper = shoppers.GetValueOrDefault(customer, new Shopper(customer));
                var (after, messages) = message switch
                {
                    OrderPlaced m => OrderPlacedHandler.Decide(shopper, m, window),
                    OrderCancelled m => OrderCancelledHandler.Decide(shopper, m),
                    CartSeen m => CartSeenHandler.Decide(shopper, m),
                    MessageSent m => MessageOutcomesHandler.Decide(shopper, customer, ReminderKey.Of(m.Key)!.Value, m.At, window),
                    _ => throw new ArgumentOutOfRangeException(nameof(facts)),
                };
                shoppers[customer] = after;
                foreach (var follows in messages) told.Enqueue(follows);
            }
        }

        return
        [
            .. carts.Values.OrderBy(cart => cart.Id, StringComparer.Ordinal).SelectMany(cart => cart.Abandonments
                .Where(left => left.WonBack is not null).Select(left => (cart.Key, left.WonBack!.Order.Value, left.WonBack.Step))),
        ];
    }
}
