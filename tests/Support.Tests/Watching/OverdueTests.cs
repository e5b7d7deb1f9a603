using Engagement.Contracts;
using static Engagement.Support.Tests.Tasks;

namespace Engagement.Support.Tests.Watching;

public class OverdueTests
{
    [Fact]
    public void A_task_that_nobody_has_done_when_it_is_due_is_overdue_also_when_somebody_works_on_it()
    {
        Given(Raised).When(Overdue, at: Due).Then(Missed);
        Given(Raised, AnnaTook).When(Overdue, at: Due).Then(Missed);
    }

    [Fact]
    public void A_timer_that_fires_after_the_task_was_done_or_withdrawn_does_nothing()
    {
        Given(Raised, AnnaSolved).When(Overdue, at: Due).ThenNothing();
        Given(Raised, Withdrawn).When(Overdue, at: Due).ThenNothing();
    }

    [Fact]
    public void A_timer_that_is_superseded_by_an_earlier_one_does_nothing() =>
        Given(Raised, new StaffTaskUrgencyRaised(Urgency.Normal, Due.AddHours(-1), Noon)).When(Overdue, at: Due).ThenNothing();

    [Fact]
    public void What_is_overdue_is_so_once() => Given(Raised, Missed).When(Overdue, at: Due).ThenNothing();

    [Fact]
    public void A_timer_of_a_task_that_nobody_knows_does_nothing() => Given().When(Overdue, at: Due).ThenNothing();

    [Fact]
    public void What_is_overdue_can_still_be_done() => Given(Raised, Missed).When(AnnaSolves).Then(AnnaSolved, Told);
}
