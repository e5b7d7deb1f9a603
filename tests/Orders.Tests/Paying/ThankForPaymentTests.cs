using Engagement.Contracts;
using Engagement.Orders.Paying;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests.Paying;

public class ThankForPaymentTests
{
    [Fact]
    public void A_paid_order_is_thanked_for() =>
        Given(Placed).When(Pay).Then(Paid, ThankYou);

    [Fact]
    public void An_order_that_is_only_placed_is_not() =>
        Given().When(Place).Then(Placed);

    [Fact]
    public void A_payment_that_is_heard_of_before_its_order_waits_for_it_for_60_seconds()
    {
        Given().When(Pay).Then(Paid, PatienceEnds);
        PatienceEnds.DelayTime.ShouldBe(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void The_order_comes_in_time() =>
        Given(Paid).When(Place).Then(Placed, ThankYou);

    [Fact]
    public void The_order_does_not_come_in_time() =>
        Given(Paid).When(PatienceEnds).Then(ThankYouWithoutDetails);

    [Fact]
    public void Patience_that_ends_after_the_order_came_does_nothing() =>
        Given(Paid, Placed).When(PatienceEnds).ThenNothing();

    [Fact]
    public void Patience_for_an_order_that_nobody_knows_does_nothing() =>
        Given().When(PatienceEnds).ThenNothing();

    [Fact]
    public void An_order_that_comes_too_late_asks_for_the_same_message_again() =>
        Given(Paid).When(PatienceEnds).When(Place).Then(Placed, ThankYou);

    [Fact]
    public void A_payment_told_twice_is_thanked_for_once() =>
        Given(Placed).When(Pay).When(Pay).ThenNothing();

    [Fact]
    public void A_payment_told_again_with_another_time_is_the_same_payment() =>
        Given(Placed, Paid).When(Pay with { Reported = At(-1) }).ThenNothing();

    [Fact]
    public void A_cancelled_order_is_not_thanked_for_whether_its_payment_was_told_before_or_after() =>
        Given(Placed, Cancelled).When(Pay).Then(Paid);

    [Fact]
    public void Parts_are_thanked_for_once_when_they_reach_the_total()
    {
        var (first, rest) = (Pay with { Amount = new(20, "EUR") }, Pay with { Amount = new(39.80m, "EUR"), Reported = At(-7) });
        var thanks = ThankYou with { Occasion = new Occasion("order/1001", At(-7).OccurredAt) };
        Given(Placed).When(first).Then(Paid with { Amount = first.Amount })
            .When(rest).Then(Paid with { Amount = rest.Amount, Reported = At(-7) }, thanks);
        Given(Placed).When(Pay with { Amount = null }).Then(Paid with { Amount = null }, ThankYou);
    }

    [Fact]
    public void A_part_that_was_told_before_its_order_waits_for_the_rest_when_the_order_comes() =>
        Given().When(Pay with { Amount = new(20, "EUR") }).When(Place).Then(Placed);

    [Fact]
    public void Nobody_is_not_thanked() =>
        Given(Placed with { Customer = CustomerId.Nobody(Id) }).When(Pay with { Customer = null }).Then(Paid with { Customer = null });

    [Fact]
    public void A_payment_of_the_shop_s_history_makes_state_and_no_message() =>
        Given(Placed).When(Pay with { Reported = History }).Then(Paid with { Reported = History });

    [Fact]
    public void An_order_of_the_shop_s_history_that_is_paid_now_is_thanked_for() =>
        Given(Placed with { Reported = History }).When(Pay).Then(Paid, ThankYou);

    [Fact]
    public void Wanted_however_old_it_is_stays_wanted_however_old_it_is() =>
        Given(Placed).When(Pay with { Reported = Wanted })
            .Then(Paid with { Reported = Wanted }, ThankYou with { Occasion = new Occasion("order/1001", Wanted.OccurredAt, EvenIfStale: true) });

    [Fact]
    public void A_payment_without_its_customer_takes_the_order_s() =>
        Given(Placed).When(Pay with { Customer = null }).Then(Paid with { Customer = null }, ThankYou);

    [Fact]
    public void A_payment_of_nobody_known_is_a_message_to_nobody_known() =>
        Given(Paid with { Customer = null, Amount = null }).When(PatienceEnds)
            .Then(ThankYouWithoutDetails with { CustomerId = null, Data = new OrderSummary(Id, [], null, null) });

    [Fact]
    public void The_order_knows_its_customer_better_than_the_payment() =>
        Given(Placed).When(Pay with { Customer = new CustomerId("somebody-else") })
            .Then(Paid with { Customer = new CustomerId("somebody-else") }, ThankYou);

    private static Reported History => At(-8) with { Backfill = true };

    private static Reported Wanted => At(-8) with { EvenIfStale = true };
}
