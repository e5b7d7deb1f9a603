using Engagement.Contracts;
using Engagement.Support.Watching;
using Engagement.Testing;
using static Engagement.Support.Tests.Tasks;

namespace Engagement.Support.Tests;

/// <summary>What lies in the store and in the queue.</summary>
public class StoredTests
{
    private static readonly object[] Samples =
        [Raised, new StaffTaskUrgencyRaised(Urgency.High, Due, Noon), AnnaTook, AnnaGaveBack, AnnaSolved, Withdrawn, Missed, Overdue];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_earlier_shapes_still_read(string name) => StoredShapes.Match(Samples.Single(sample => sample.GetType().Name == name));

    [Fact]
    public void Every_event_and_every_timer_is_approved() => StoredShapes.MatchAll([.. StoredShapes.EventsOf<StaffTask>(), typeof(StaffTaskOverdue)], Samples);

    [Fact]
    public void Every_kind_of_event_has_a_place_in_the_task() =>
        StoredShapes.EventsOf<StaffTask>().ShouldBe(StoredShapes.Of<StaffTaskEvent>(typeof(StaffTask).Assembly), ignoreOrder: true);
}
