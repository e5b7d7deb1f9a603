using Engagement.Contracts;
using static Engagement.Support.Tests.Tasks;

namespace Engagement.Support.Tests.Working;

public class WorkingTests
{
    [Fact]
    public void A_person_takes_a_task() => Given(Raised).When(AnnaTakes).Then(AnnaTook);

    [Fact]
    public void Taken_twice_by_one_person_it_is_taken_once() => Given(Raised, AnnaTook).When(AnnaTakes).ThenNothing();

    [Fact]
    public void What_somebody_has_taken_nobody_else_takes_or_does()
    {
        foreach (var command in new object[] { BrunoTakes, BrunoSolves }) Given(Raised, AnnaTook).ThenRejected(command, "taken");
    }

    [Fact]
    public void What_somebody_has_taken_who_is_away_somebody_else_gives_back() =>
        Given(Raised, AnnaTook).When(AnnaGivesBack with { By = Bruno }).Then(AnnaGaveBack with { By = Bruno }).When(BrunoTakes).Then(AnnaTook with { By = Bruno });

    [Fact]
    public void What_is_given_back_somebody_else_takes() =>
        Given(Raised, AnnaTook).When(AnnaGivesBack).Then(AnnaGaveBack).When(BrunoTakes).Then(AnnaTook with { By = Bruno });

    [Fact]
    public void What_nobody_has_taken_need_not_be_given_back() => Given(Raised).When(AnnaGivesBack).ThenNothing();

    [Fact]
    public void A_task_is_done_and_whoever_raised_it_is_told() => Given(Raised, AnnaTook).When(AnnaSolves).Then(AnnaSolved, Told);

    [Fact]
    public void A_task_can_be_done_without_being_taken() => Given(Raised).When(AnnaSolves).Then(AnnaSolved, Told);

    [Fact]
    public void A_task_can_be_done_though_nothing_could_be_done() => Given(Raised).When(AnnaSolves with { Outcome = StaffTaskOutcome.Unsolvable })
        .Then(AnnaSolved with { Outcome = StaffTaskOutcome.Unsolvable }, Told with { Outcome = StaffTaskOutcome.Unsolvable });

    [Fact]
    public void Said_twice_by_one_person_it_is_done_once() => Given(Raised, AnnaSolved).When(AnnaSolves).ThenNothing();

    [Fact]
    public void What_is_done_is_not_done_again_with_another_outcome_or_by_somebody_else_nor_taken_or_given_back()
    {
        foreach (var command in new object[] { AnnaSolves with { Outcome = StaffTaskOutcome.NotNeeded }, BrunoSolves, AnnaTakes, AnnaGivesBack })
            Given(Raised, AnnaTook, AnnaSolved).ThenRejected(command, "done");
    }

    [Fact]
    public void What_was_withdrawn_is_nobody_s_work_any_more()
    {
        foreach (var command in new object[] { AnnaTakes, AnnaGivesBack, AnnaSolves }) Given(Raised, AnnaTook, Withdrawn).ThenRejected(command, "withdrawn");
    }

    [Fact]
    public void What_nobody_has_raised_is_unknown_also_when_its_withdrawal_came_first()
    {
        foreach (var command in new object[] { AnnaTakes, AnnaGivesBack, AnnaSolves })
        {
            Given().When(command).ThenNothing();
            Given(Withdrawn).When(command).ThenNothing();
        }
    }

    [Fact]
    public void Who_says_which_version_was_read_is_refused_when_the_task_has_changed_since()
    {
        Given(Raised).When(AnnaTakes with { Version = 1 }).Then(AnnaTook);
        Given(Raised, AnnaTook, AnnaGaveBack).ThenRejected(AnnaTakes with { Version = 1 }, "changed");
        Given(Raised, AnnaTook).When(AnnaTakes with { Version = 1 }).ThenNothing();   // the answer to the first got lost
    }
}
