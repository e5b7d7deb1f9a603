using Engagement.Contracts;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Paying;
using Engagement.Orders.Shipping;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

/// <summary>What lies in the store and in the queue.</summary>
public class StoredTests
{
    private static readonly DateTimeOffset Noon = Spec.Noon;

    private static readonly object[] Samples =
    [
        Placed with { Zone = "Europe/Rome" }, Paid with { Payment = "p-1" }, PaymentFailed with { PayUrl = new Uri("https://shop.example/pay") },
        Shipped with { Parcel = "p-1", ChangedAt = At(-6).OccurredAt, PromisedOn = new DateOnly(2026, 1, 21) },
        Brought, Delivered with { Parcel = "p-1" }, Cancelled, Removed, Refunded,
        new CheckInAnswered(CheckInAnswer.Unhappy, new Sealed("c2VhbGVk"), At(-2)),
        new ThankYouLeft(Noon), new ThankYouWithheld("stale", Noon), new ThankYouFailed("no-address", Noon), new ThankYouOverdue(Noon),
        new OrderBecameLate(new DateOnly(2026, 1, 20), Noon), new OrderStayedLate(Noon), new CheckInAsked(Noon), new ReviewInvited(Noon),
        new OrderSeenTo(StaffTaskKind.OrderLate, StaffTaskOutcome.Solved, Noon),
        PatienceEnds, new PromiseEnded(Id, new DateOnly(2026, 1, 20)), new LatePatienceEnded(Id, Noon), new CheckInDue(Id, Noon), new ReviewInvitationDue(Id, Noon),
        new WatchThankYou(Id, Noon), new ThankYouSettled(Id), new ThankYouWaitEnded(Id, Noon), new MissThankYou(Id),
        new ThankYouWatch { Id = "1001", Until = Noon, Version = 1 }, new CustomersInquiry("i-1", "c-1", IsOpen: true),
    ];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_earlier_shapes_still_read(string name) => StoredShapes.Match(Samples.Single(sample => sample.GetType().Name == name));

    [Fact]
    public void Every_event_and_every_timer_is_approved() =>
        StoredShapes.MatchAll(
        [
            .. StoredShapes.EventsOf<Order>(), .. StoredShapes.Of<IGrouped>(typeof(Order).Assembly), .. StoredShapes.Of<Saga>(typeof(Order).Assembly),
            typeof(WatchThankYou), typeof(ThankYouSettled), typeof(ThankYouWaitEnded), typeof(CustomersInquiry),
        ],
        Samples);

    [Fact]
    public void Every_kind_of_event_has_a_place_in_the_order() =>
        StoredShapes.EventsOf<Order>().ShouldBe(StoredShapes.Of<OrderEvent>(typeof(Order).Assembly), ignoreOrder: true);
}
