using Engagement.Contracts;
using Engagement.Support.Watching;
using Engagement.Testing;
using static Engagement.Support.Tests.Tasks;

namespace Engagement.Support.Tests.Raising;

public class RaisingTests
{
    private static readonly RaiseStaffTask High = Raise with { Urgency = Urgency.High, At = Noon.AddMinutes(5) };
    private static readonly RaiseStaffTask Earlier = Raise with { DueAt = Due.AddHours(-1), At = Noon.AddMinutes(5) };

    [Fact]
    public void A_task_is_raised_and_watched_until_it_is_due() => Given().When(Raise).Then(Raised, Watched);

    [Fact]
    public void Raised_twice_it_is_one_task() => Given(Raised).When(Raise with { At = Noon.AddMinutes(5) }).ThenNothing();

    [Fact]
    public void Raised_again_with_higher_urgency_it_is_more_pressing_and_due_as_before() =>
        Given(Raised).When(High).Then(new StaffTaskUrgencyRaised(Urgency.High, Due, High.At));

    [Fact]
    public void Raised_again_and_due_earlier_it_is_watched_until_then() => Given(Raised).When(Earlier)
        .Then(new StaffTaskUrgencyRaised(Urgency.Normal, Earlier.DueAt, Earlier.At), StaffTaskOverdue.At(Key, Earlier.DueAt));

    [Fact]
    public void Raised_again_with_less_urgency_or_due_later_it_stays_as_pressing_as_it_was() =>
        Given(Raised).When(Raise with { Urgency = Urgency.Low, DueAt = Due.AddDays(1) }).ThenNothing();

    [Fact]
    public void What_is_more_pressing_in_one_way_and_less_in_another_takes_the_worse_of_both() =>
        Given(Raised).When(Earlier with { Urgency = Urgency.Low }).When(High with { DueAt = Due.AddDays(1) })
            .Then(new StaffTaskUrgencyRaised(Urgency.High, Earlier.DueAt, High.At));

    [Fact]
    public void A_task_that_somebody_works_on_can_become_more_pressing_and_stays_with_that_person()
    {
        var task = Given(Raised, AnnaTook).When(High).State!;

        (task.Urgency, task.State, task.Assignee).ShouldBe((Urgency.High, StaffTaskState.Taken, Anna));
    }

    [Fact]
    public void A_task_that_is_done_or_withdrawn_does_not_come_back()
    {
        Given(Raised, AnnaSolved).When(High).ThenNothing();
        Given(Raised, Withdrawn).When(High).ThenNothing();
    }

    [Fact]
    public void A_task_is_withdrawn_whether_somebody_has_taken_it_or_not()
    {
        Given(Raised).When(Withdraw).Then(Withdrawn);
        Given(Raised, AnnaTook).When(Withdraw).Then(Withdrawn);
    }

    [Fact]
    public void Withdrawn_twice_it_is_withdrawn_once() => Given(Raised, Withdrawn).When(Withdraw).ThenNothing();

    [Fact]
    public void What_is_done_is_not_withdrawn() => Given(Raised, AnnaSolved).When(Withdraw).ThenNothing();

    [Fact]
    public void A_withdrawal_that_comes_before_its_task_is_remembered_and_the_task_comes_withdrawn_and_unwatched() =>
        Given().When(Withdraw).Then(Withdrawn).When(Raise).Then(Raised).ThenState(Given(Raised, Withdrawn).State!);

    [Fact]
    public void In_whatever_order_and_how_often_it_is_told_the_task_is_the_same()
    {
        RaiseStaffTask[] raised = [Raise, High, Earlier];
        foreach (var withdrawal in new object?[] { null, Withdraw })
        {
            string? expected = null;
            foreach (var order in Permutations.Of([.. raised, .. withdrawal is null ? Array.Empty<object>() : [withdrawal]]))
            {
                // Each told twice in a row, then all of them once more, backwards.
                object[] messages = [.. order.SelectMany(message => new[] { message, message }), .. order.Reverse()];
                var task = messages.Aggregate(Given(), (spec, message) => spec.When(message)).State!;

                // How pressing a task was when it was withdrawn is nobody's concern.
                var pressing = task.IsClosed ? null : $"{task.Urgency} {task.DueAt:O}";
                var told = $"{task.State} {task.Kind} {task.Customer} {task.Subject} {task.Withdrawn} {pressing}";
                told.ShouldBe(expected ??= told);
            }

            expected.ShouldBe(withdrawal is null
                ? $"Open NoAddress c-1 order/1001  High {Earlier.DueAt:O}"
                : "Withdrawn NoAddress c-1 order/1001 CustomerFound ");
        }
    }
}
