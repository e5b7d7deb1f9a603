using Engagement.Orders.Paying;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

/// <summary>What lies in the store and in the queue.</summary>
public class StoredTests
{
    private static readonly object[] Samples = [Placed, Paid, PaymentFailed, Shipped with { Parcel = "p-1", ChangedAt = At(-6).OccurredAt }, Delivered, Cancelled, Refunded, PatienceEnds];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_earlier_shapes_still_read(string name) => StoredShapes.Match(Samples.Single(sample => sample.GetType().Name == name));

    [Fact]
    public void Every_event_and_every_timer_is_approved() =>
        StoredShapes.MatchAll([.. StoredShapes.EventsOf<Order>(), .. StoredShapes.Of<TimeoutMessage>(typeof(Order).Assembly)], Samples);

    [Fact]
    public void Every_kind_of_event_has_a_place_in_the_order() =>
        StoredShapes.EventsOf<Order>().ShouldBe(StoredShapes.Of<OrderEvent>(typeof(Order).Assembly), ignoreOrder: true);
}
