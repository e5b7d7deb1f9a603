using Engagement.Contracts;
using FsCheck;
using FsCheck.Fluent;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

/// <summary>
/// Some of what can happen to an order, told in any order and some of it twice: it comes to the same, and the customer is told the same but for what something
/// told earlier had made old.
/// </summary>
public class FactsInAnyOrderTests
{
    private static readonly RecordPayment PaySome = Pay with { Amount = new(20, "EUR"), Customer = null };
    private static readonly RecordPayment PayRest = Pay with { Amount = new(39.80m, "EUR"), Customer = null, Reported = At(-7) };
    private static readonly ShipOrder ShipOne = Ship with { Parcel = "p-1", TrackingNumber = "Z1" };
    private static readonly ShipOrder ShipTwo = Ship with { Parcel = "p-2", TrackingNumber = "Z2" };
    private static readonly ReportParcel BringOne = new(Id, "p-1", ParcelFate.OutForDelivery, At(-6));
    private static readonly ReportParcel TryOne = new(Id, "p-1", ParcelFate.DeliveryAttempted, At(-5));
    private static readonly ReportParcel LoseTwo = new(Id, "p-2", ParcelFate.Lost, At(-5));
    private static readonly ConfirmDelivery DeliverOne = Deliver with { Parcel = "p-1", Reported = At(-4) };
    private static readonly ConfirmDelivery DeliverTwo = Deliver with { Parcel = "p-2", Reported = At(-4) };
    private static readonly ReportParcel ReturnOne = new(Id, "p-1", ParcelFate.Returned, At(-3));
    private static readonly CancelOrder CallOff = Cancel with { Reported = At(-2) };
    private static readonly RecordRefund PayBack = Refund with { Reported = At(-1) };
    private static readonly RecordRefund PayAllBack = new(Id, "r-2", Place.Total, At(-1));

    private static readonly IOrderFact[] Everything =
        [Place, FailPayment, PaySome, PayRest, ShipOne, ShipTwo, BringOne, TryOne, LoseTwo, DeliverOne, DeliverTwo, ReturnOne, CallOff, PayBack, PayAllBack];

    /// <summary>Which message is due while these facts are known, said once more in the plainest words.</summary>
    private static readonly (string Key, Func<Known, bool> IsDue)[] Messages =
    [
        ("thank-you/order-1001", k => k.IsOpen && k.Has(PaySome, PayRest)),
        ("payment-failed/order-1001/2026-01-12", k => k.IsOpen && k.Has(FailPayment) && !k.Has(PaySome, PayRest)),
        ("shipped/order-1001/p-1", k => k.IsOpen && k.Has(ShipOne) && k.HasNone(BringOne, TryOne, DeliverOne, ReturnOne)),
        ("shipped/order-1001/p-2", k => k.IsOpen && k.Has(ShipTwo) && k.HasNone(LoseTwo, DeliverTwo)),
        ("out-for-delivery/order-1001/p-1/2026-01-12", k => k.IsOpen && k.Has(BringOne) && k.HasNone(TryOne, DeliverOne, ReturnOne)),
        ("delivery-attempted/order-1001/p-1/2026-01-12", k => k.IsOpen && k.Has(TryOne) && k.HasNone(DeliverOne, ReturnOne)),
        ("parcel-lost/order-1001/p-2", k => k.IsOpen && k.Has(LoseTwo) && k.HasNone(DeliverTwo)),
        ("delivered/order-1001/p-1", k => k.IsOpen && k.Has(DeliverOne) && k.HasNone(ReturnOne)),
        ("delivered/order-1001/p-2", k => k.IsOpen && k.Has(DeliverTwo)),
        ("parcel-returned/order-1001/p-1", k => k.IsOpen && k.Has(ReturnOne)),
        ("order-cancelled/order-1001", k => k.Has(Place, CallOff)),
        ("order-refunded/order-1001/r-1", k => k.Has(Place, PayBack)),
        ("order-refunded/order-1001/r-2", k => k.Has(Place, PayAllBack)),
    ];

    [Fact]
    public void It_comes_to_the_same_and_the_customer_is_told_the_same_but_for_what_was_made_old() => Check(runs: 1000);

    [Fact]
    [Trait("Category", "Long")]
    public void It_comes_to_the_same_in_very_many_runs() => Check(runs: 100_000);

    [Fact]
    public void Everything_told_in_its_order_and_once_is_told_to_the_customer()
    {
        var story = new Story().Tell([Place, FailPayment, PaySome, PayRest, ShipOne, ShipTwo, BringOne, TryOne, LoseTwo, DeliverOne, DeliverTwo, ReturnOne, CallOff, PayBack]);
        story.Told.ShouldBe(Messages.Select(message => message.Key).Where(key => !key.EndsWith("r-2", StringComparison.Ordinal)), ignoreOrder: true);
    }

    [Fact]
    public void No_fact_is_told_twice_whatever_its_parcel_is_called_by() => CheckNames(runs: 500);

    [Fact]
    [Trait("Category", "Long")]
    public void No_fact_is_told_twice_in_very_many_runs() => CheckNames(runs: 50_000);

    [Fact]
    public void Nothing_follows_from_a_shop_s_history_neither_message_nor_task_nor_timer() =>
        Check(runs: 300, told =>
        {
            var story = new Story().Tell(told.Select(fact => fact.AsHistory()));
            story.Asked.OfType<SendMessage>().ShouldBeEmpty();
            story.Asked.OfType<RaiseStaffTask>().ShouldBeEmpty();
            story.TimersSet.ShouldBe(0);
        });

    /// <summary>A parcel is called by its id, its number, or not at all, and each may be told first.</summary>
    private static void CheckNames(int runs)
    {
        IOrderFact[] facts =
        [
            Place, Pay, ShipOne with { Parcel = null, Reported = At(-7) }, ShipOne with { TrackingUrl = null, Reported = At(-6) },
            ShipTwo with { Reported = At(-8) },
            BringOne with { Parcel = "Z1", Reported = At(-5) }, TryOne with { Parcel = null, Reported = At(-4) }, LoseTwo with { Reported = At(-3) },
            DeliverOne with { Parcel = "Z1", Reported = At(-2) }, DeliverTwo with { Reported = At(-1) },
        ];
        Check(runs, facts, told =>
        {
            var story = new Story().Tell(told);

            var messages = story.Asked.OfType<SendMessage>().Where(message => message.Kind != MessageKind.ThankYou).ToArray();
            messages.Select(message => (message.Kind, message.Occasion)).ShouldBeUnique();
            messages.Count(message => message.Kind == MessageKind.Shipped).ShouldBeLessThanOrEqualTo(2);
            Testing.Spec.Written([story.Order!]).ShouldBe(Testing.Spec.Written([new Story().Tell(facts.Where(told.Contains)).Order!]));
        });
    }

    private static void Check(int runs) => Check(runs, told =>
    {
        var story = new Story().Tell(told);

        story.Told.ShouldBe(Due(told), ignoreOrder: true);
        story.Asked.OfType<SendMessage>().Count(message => message.Kind != MessageKind.PaymentFailed).ShouldBeLessThanOrEqualTo(story.Told.Count() + 1);
        var inOrder = new Story().Tell(Everything.Where(told.Contains));
        Testing.Spec.Written([story.Order!]).ShouldBe(Testing.Spec.Written([inOrder.Order!]));

        // What time makes of it is the same too.
        OfTime(story.After(TimeSpan.FromDays(60))).ShouldBe(OfTime(inOrder.After(TimeSpan.FromDays(60))));
        story.TimersSet.ShouldBe(0);
    });

    private static void Check(int runs, Action<IOrderFact[]> holds) => Check(runs, Everything, holds);

    private static void Check(int runs, IOrderFact[] facts, Action<IOrderFact[]> holds)
    {
        var tellings =
            from bits in Gen.Choose(1, (1 << facts.Length) - 1)
            let some = facts.Where((_, i) => (bits & (1 << i)) != 0).ToArray()
            from repeated in Gen.SubListOf(some)
            from told in Gen.Shuffle(some.Concat(repeated).ToArray())
            select told;
        Prop.ForAll(tellings.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithQuietOnSuccess(true));
    }

    /// <summary>Each message that was due at some moment.</summary>
    private static IEnumerable<string> Due(IOrderFact[] told) =>
        Messages.Where(message => Enumerable.Range(1, told.Length).Any(count => message.IsDue(new Known([.. told.Take(count)])))).Select(message => message.Key);

    private static string OfTime(Story story)
    {
        var order = story.Order!;
        var outcomes = new object?[] { order.Late, order.StillLate, order.CheckIn.AskedAt, order.ThankYou.OverdueAt is null };
        var tasks = story.Asked.OfType<RaiseStaffTask>().Select(task => task.Key).Except(story.Asked.OfType<WithdrawStaffTask>().Select(task => task.Key));
        return $"{string.Join(' ', outcomes)} {string.Join(' ', tasks.Select(task => task.Value).Order(StringComparer.Ordinal))}";
    }

    private sealed record Known(HashSet<IOrderFact> Facts)
    {
        public bool IsOpen => Has(Place) && HasNone(CallOff, PayAllBack);

        public bool Has(params IOrderFact[] facts) => facts.All(Facts.Contains);

        public bool HasNone(params IOrderFact[] facts) => !facts.Any(Facts.Contains);
    }
}
