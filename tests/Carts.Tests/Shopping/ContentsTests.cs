using Engagement.Contracts;
using Engagement.Testing;
using static Engagement.Carts.Tests.Telling;

namespace Engagement.Carts.Tests.Shopping;

/// <summary>What is in a cart, in whichever order it was told.</summary>
public class ContentsTests
{
    [Fact]
    public void Things_are_put_in_and_taken_out_by_quantity()
    {
        var cart = Given((Add(0, Cup), 0), (Add(1, Cushion), 1), (Add(2, Cup with { Quantity = 1, Price = new(13m, "EUR") }), 2), (Take(3, "TZ-1", 2), 3)).State!;

        cart.Contents.Current().ShouldBe([Cup with { Quantity = 1, Price = new(13m, "EUR") }, Cushion]);
        cart.Contents.Value().ShouldBe(new Money(42.90m, "EUR"));
    }

    [Fact]
    public void What_is_taken_out_altogether_is_gone_and_more_than_there_is_can_t_be_taken() =>
        Given((Add(0, Cup), 0), (Take(1, "TZ-1"), 1), (Add(2, Cushion), 2), (Take(3, "Cuscino", 5), 3), (Take(4, "unheard-of"), 4))
            .State!.Contents.Current().ShouldBeEmpty();

    [Fact]
    public void Told_twice_is_told_once() =>
        Given((Change(0, Cup), 0), (Add(1, Cushion), 1), (Take(2, "TZ-1", 1), 2))
            .When(Add(1, Cushion), 3).ThenNothing().When(Take(2, "TZ-1", 1), 3).ThenNothing();

    [Fact]
    public void Told_twice_it_may_say_more_of_who_is_there()
    {
        object[] told = [Change(0, Cup) with { Visit = null }, Add(1, Cushion), Take(2, "TZ-1", 1), Reach(3, "contact")];
        foreach (var fact in told)
        {
            var more = fact switch
            {
                ChangeCart m => (object)(m with { Visit = Known }),
                AddToCart m => m with { Visit = Known },
                TakeFromCart m => m with { Visit = Known },
                _ => (ReachCheckoutStep)fact with { Visit = Known },
            };
            var spec = Given([.. told.Select(message => (message, 3))]);
            var known = spec.When(more, 4);
            known.State!.CustomerId.ShouldBe(Giulia);
            known.State.Contents.Current().ShouldBe(spec.State!.Contents.Current());
            known.When(more, 5).ThenNothing();
        }
    }

    [Fact]
    public void A_whole_state_that_is_older_than_what_was_told_before_takes_nothing_away()
    {
        var cart = Given((Change(5, Cushion), 5), (Change(1, Cup), 6)).State!;
        cart.Contents.Current().ShouldBe([Cushion]);
        cart.LastActivity.ShouldBe(At(5));
    }

    [Fact]
    public void Of_two_whole_states_of_the_same_time_the_one_received_later_holds_and_what_was_bought_then_stays_bought()
    {
        var (first, second) = (Change(5, Cup), Change(5, Cushion) with { Reported = new Reported(At(5), At(6)) });
        foreach (var told in new[] { new[] { first, second }, [second, first] })
        {
            var spec = Given([.. told.Select(change => ((object)change, 7))]);
            spec.State!.Contents.Current().ShouldBe([Cushion]);
            spec.When(Complete(5), 8).When(Change(5, Cup, Cushion) with { Reported = new Reported(At(5), At(9)) }, 9).State!.Contents.Current().ShouldBeEmpty();
        }
    }

    [Fact]
    public void Of_two_addresses_told_of_the_same_time_the_one_received_later_holds()
    {
        var newer = new Uri("https://shop.example/a");
        object[] told = [Change(5, Cup), Change(5, Cup, Cushion) with { Visit = new CartVisit(Url: newer), Reported = new Reported(At(5), At(6)) }];
        foreach (var order in Permutations.Of(told)) Given([.. order.Select(change => (change, 7))]).State!.Url!.Value.ShouldBe(newer);
    }

    [Fact]
    public void What_has_no_currency_has_no_value() =>
        Given((Change(0, Cup with { Price = new Money(5m, "") }), 0)).State!.Contents.Value().ShouldBeNull();

    [Fact]
    public void The_shop_s_own_total_counts_until_something_changes()
    {
        var cart = Given((Change(0, Cup) with { Total = new Money(25m, "EUR") }, 0));
        cart.State!.Contents.Value().ShouldBe(new Money(25m, "EUR"));
        cart.When(Add(1, Cushion), 1).State!.Contents.Value().ShouldBe(new Money(59.80m, "EUR"));
    }

    [Fact]
    public void In_every_order_of_arrival_the_same_facts_give_the_same_cart()
    {
        object[] told =
        [
            Change(1, Cup), Add(2, Cushion), Take(3, "TZ-1", 1), Change(4, Cushion), Add(5, Cup with { Quantity = 1 }), Reach(6, "contact", "email"), Take(7, "Cuscino"),
        ];
        var expected = Written(told);
        foreach (var order in Permutations.Of(told)) Written(order).ShouldBe(expected);
    }

    [Fact]
    public void A_long_stay_keeps_a_bounded_state_and_is_counted_all_the_same()
    {
        var cart = Enumerable.Range(0, 500).Aggregate(
            Given(), (spec, i) => spec.When(i % 5 == 4 ? Take(i, "TZ-1", 1) : Add(i, Cup with { Quantity = 1 }), i)).State!;

        cart.Contents.Changes.Count.ShouldBe(Contents.MostChanges);
        cart.Contents.Current().ShouldHaveSingleItem().Quantity.ShouldBe(300);
    }

    private static string Written(IEnumerable<object> told)
    {
        var cart = told.Aggregate(Given(), (spec, message) => spec.When(message, 10)).State!;
        return Spec.Written([cart.Contents.Current(), cart.Steps, cart.Given, cart.LastActivity!, cart.State, cart.Begun!]);
    }
}
