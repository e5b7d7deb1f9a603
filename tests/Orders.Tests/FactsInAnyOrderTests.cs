using Engagement.Contracts;
using Engagement.Orders.Paying;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

public class FactsInAnyOrderTests
{
    [Fact]
    public void Whatever_is_told_in_whatever_order_and_how_often_the_order_is_the_same_and_thanked_for_once_if_paid()
    {
        foreach (var told in Subsets(All))
        {
            string? state = null;
            var thanks = !told.Contains(Pay) ? "" : Spec.Written([told.Contains(Place) ? ThankYou : ThankYouWithoutDetails]);
            foreach (var order in Permutations(told))
            {
                // Each told twice in a row, then all of them once more, backwards.
                var (played, sent) = Play([.. order.SelectMany(fact => new[] { fact, fact }), .. order.Reverse()]);

                var name = string.Join(", ", order.Select(fact => fact.GetType().Name));
                Spec.Written([played.State!]).ShouldBe(state ??= Spec.Written([played.State!]), name);
                Spec.Written(sent).ShouldBe(thanks, name);
            }
        }

        Play(All).Played.ThenState(Whole);
    }

    [Fact]
    public void Several_parcels_and_failed_payments_come_to_lie_in_the_order_of_their_times()
    {
        IOrderFact[] told =
        [
            Pay, Place, Ship, Ship with { TrackingNumber = "ZA18" }, Ship with { TrackingNumber = null, Reported = At(-3) },
            FailPayment, FailPayment with { Reported = At(-20) },
        ];
        foreach (var order in Permutations(told))
        {
            var state = Play(order).Played.State!;
            state.Parcels.Select(parcel => parcel.TrackingNumber).ShouldBe(["ZA17", "ZA18", null]);
            state.FailedPayments.Select(failed => failed.Reported).ShouldBe([At(-20), At(-9)]);
        }
    }

    [Fact]
    public void Nothing_of_a_shop_s_history_is_thanked_for()
    {
        foreach (var order in Permutations(All))
        {
            var (played, sent) = Play([.. order.Select(AsHistory)]);
            sent.ShouldBeEmpty();
            played.State!.Paid.ShouldNotBeNull();
        }
    }

    /// <summary>Tells everything, and lets the timers end.</summary>
    private static (Spec<Order> Played, IReadOnlyList<SendMessage> Sent) Play(IReadOnlyList<IOrderFact> facts)
    {
        var (spec, outcomes) = (Given(), new List<object>());
        void When(object message)
        {
            spec = spec.When(message);
            outcomes.AddRange(spec.Outcomes!);
        }

        foreach (var fact in facts) When(fact);
        foreach (var timer in outcomes.OfType<OrderDetailsOverdue>().ToArray()) When(timer);
        return (spec, [.. outcomes.OfType<SendMessage>()]);
    }

    private static IOrderFact AsHistory(IOrderFact fact) => fact switch
    {
        PlaceOrder m => m with { Reported = m.Reported with { Backfill = true } },
        RecordPayment m => m with { Reported = m.Reported with { Backfill = true } },
        _ => fact,
    };

    private static IEnumerable<IOrderFact[]> Subsets(IOrderFact[] facts) =>
        Enumerable.Range(1, (1 << facts.Length) - 1).Select(bits => facts.Where((_, i) => (bits & (1 << i)) != 0).ToArray());

    private static IEnumerable<IOrderFact[]> Permutations(IOrderFact[] facts) => facts.Length <= 1
        ? [facts]
        : facts.SelectMany((fact, i) => Permutations([.. facts[..i], .. facts[(i + 1)..]]).Select(rest => (IOrderFact[])[fact, .. rest]));
}
