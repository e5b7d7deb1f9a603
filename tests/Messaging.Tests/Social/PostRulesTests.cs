using Engagement.Contracts;
using Engagement.Messaging.Social;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Social;

public class PostRulesTests
{
    private static readonly PostId Id = new("spring");
    private static readonly DateTimeOffset Due = Noon.AddHours(2);
    private static readonly PostContent Content = new(["instagram", "x"], "Le tazze blu sono tornate.", new Uri("https://bottega.example/tazze"), null, Due);
    private static readonly PostContent Later = Content with { At = Due.AddDays(1) };
    private static readonly SocialSettings Settings = new("https://bottega.example/posts", "c2VhbGVk", null);
    private static readonly PlanPost Plan = new(Id, Content);
    private static readonly PostPlanned Planned = new(Content, Noon);
    private static readonly StaffTaskKey Task = new($"post-failed/spring/{Due.ToUnixTimeSeconds()}");

    [Fact]
    public void A_post_is_planned_and_its_time_waited_for() => Given().When(Plan).Then(Planned, PostDue.Of(Id, Due));

    [Fact]
    public void Told_again_it_is_one_post_also_when_it_was_changed_or_cancelled_meanwhile()
    {
        Given(Planned).When(Plan with { Content = Content with { Networks = ["instagram", "x"] } }).ThenNothing();
        Given(Planned).When(Plan, at: Due.AddDays(1)).ThenNothing();
        Given(Planned, new PostChanged(Later, Noon)).When(Plan).ThenNothing();
        Given(Planned, new PostChanged(Later, Noon)).When(Plan with { Content = Later }).ThenNothing();
        Given(Planned, new PostCancelled(Noon)).When(Plan).ThenNothing();
    }

    [Fact]
    public void Another_post_under_the_same_id_is_refused() => Refused("id-taken", () => Given(Planned).When(Plan with { Content = Later }));

    [Fact]
    public void Nothing_is_planned_for_a_time_that_has_come_or_without_anybody_who_would_post_it()
    {
        Should.Throw<Invalid>(() => Given().When(Plan, at: Due)).Errors.ShouldHaveSingleItem().ShouldBe(new FieldError("/at", "past", "A time to come."));
        Refused("no-webhook", () => PlanPostHandler.Decide(null, Plan, new SocialSettings(), Noon));
    }

    [Fact]
    public void Moved_to_another_time_it_waits_for_that_one_and_the_timer_of_the_old_one_does_nothing()
    {
        var moved = Given(Planned).When(new ChangePost(Id, Later, 1)).Then(new PostChanged(Later, Noon), PostDue.Of(Id, Later.At));

        PostDueHandler.IsFor(moved.State, Due).ShouldBeFalse();
        PostDueHandler.IsFor(moved.State, Later.At).ShouldBeTrue();
        moved.When(new PostDue(Id, Due), at: Due.AddDays(3)).ThenNothing();
    }

    [Fact]
    public void In_other_words_at_the_same_time_the_timer_that_it_has_will_do()
    {
        var other = Content with { Text = "Sono tornate!" };
        Given(Planned).When(new ChangePost(Id, other, null)).Then(new PostChanged(other, Noon));
        Given(Planned).When(new ChangePost(Id, Content, null)).ThenNothing();
    }

    [Fact]
    public void What_is_cancelled_is_not_due_any_more()
    {
        var cancelled = Given(Planned).When(new CancelPost(Id)).Then(new PostCancelled(Noon));

        PostDueHandler.IsFor(cancelled.State, Due).ShouldBeFalse();
        cancelled.When(new PostDue(Id, Due), at: Due.AddDays(3)).ThenNothing();
        cancelled.When(new CancelPost(Id)).ThenNothing();
        Refused("cancelled", () => cancelled.When(new ChangePost(Id, Later, null)));
    }

    [Fact]
    public void What_is_published_stays_as_it_is()
    {
        var published = Given(Planned).When(Delivered, at: Due).Then(new PostPublished(Due), new ShopPosted(Due));

        published.When(Delivered, at: Due.AddMinutes(1)).ThenNothing();   // another instance sent it too
        published.When(new PostDue(Id, Due), at: Due.AddDays(3)).ThenNothing();
        published.When(GivenUp("http 500"), at: Due).ThenNothing();
        Refused("published", () => published.When(new CancelPost(Id)));
        Refused("published", () => published.When(new ChangePost(Id, Later, null)));
    }

    [Fact]
    public void What_went_out_while_it_was_cancelled_or_moved_is_published()
    {
        Given(Planned, new PostCancelled(Noon)).When(Delivered, at: Due).Then(new PostPublished(Due), new ShopPosted(Due));
        var moved = Given(Planned, new PostChanged(Later, Noon)).When(Delivered, at: Due).Then(new PostPublished(Due), new ShopPosted(Due));
        PostDueHandler.IsFor(moved.State, Later.At).ShouldBeFalse();
    }

    [Fact]
    public void A_day_after_its_time_it_is_not_posted_any_more_and_staff_is_told()
    {
        var late = Due.AddHours(24).AddSeconds(1);
        Given(Planned).When(new PostDue(Id, Due), at: late).Then(new PostFailed("stale", late), TaskAt(late));
        Given(Planned).When(new PostDue(Id, Due), at: late.AddSeconds(-1)).ThenNothing();   // it is sent
    }

    [Fact]
    public void A_post_that_failed_is_a_task_and_planned_anew_it_is_none_any_more()
    {
        var failed = Given(Planned).When(GivenUp("http 403"), at: Due).Then(new PostFailed("http 403", Due), TaskAt(Due));

        failed.When(GivenUp("http 403"), at: Due).ThenNothing();
        failed.When(new ChangePost(Id, Later, null), at: Due).Then(
            new PostChanged(Later, Due), new WithdrawStaffTask(Task, WithdrawalReason.PostSeenTo, Due), PostDue.Of(Id, Later.At));
        failed.When(new ChangePost(Id, Later, null), at: Due).State!.State.ShouldBe(PostState.Planned);
        Given(Planned, new PostChanged(Later, Noon)).When(GivenUp("superseded"), at: Due).ThenNothing();
    }

    [Fact]
    public void A_post_that_failed_and_is_cancelled_is_nobody_s_task_any_more()
    {
        var cancelled = Given(Planned, new PostFailed("http 403", Due)).When(new CancelPost(Id), at: Due).Then(
            new PostCancelled(Due), new WithdrawStaffTask(Task, WithdrawalReason.PostSeenTo, Due));

        (cancelled.State!.State, cancelled.State.Reason).ShouldBe((PostState.Cancelled, null));
        cancelled.When(new CancelPost(Id), at: Due).ThenNothing();
        cancelled.When(Delivered, at: Due).Then(new PostPublished(Due), new ShopPosted(Due));   // it went out all the same, and the task is gone already
    }

    [Fact]
    public void A_change_of_what_has_changed_since_is_refused() =>
        Refused("changed-meanwhile", () => Given(Planned, new PostChanged(Later, Noon)).When(new ChangePost(Id, Content, 0)));

    private static readonly PostDelivered Delivered = new(Id, new SqlStatement("", []));

    private static PostGivenUp GivenUp(string error) => new(Id, Due, error, new SqlStatement("", []));

    private static RaiseStaffTask TaskAt(DateTimeOffset now) => new(Task, StaffTaskKind.PostFailed, Urgency.Normal, null, "post/spring", now.AddHours(24), now);

    private static void Refused(string code, Action action) => Should.Throw<Rejected>(action).Code.ShouldBe(code);

    private static Spec<Post> Given(params object[] past) => new Spec<Post>("post/spring", (post, message, now) =>
    {
        PostEvent[] events = message switch
        {
            PlanPost plan => PlanPostHandler.Decide(post, plan, Settings, now),
            ChangePost change => ChangePostHandler.Decide(post, change, now),
            CancelPost => CancelPostHandler.Decide(post, now),
            PostDue due => PostDueHandler.Decide(post, due, now),
            PostDelivered => PostDeliveredHandler.Decide(post, now),
            PostGivenUp givenUp => PostGivenUpHandler.Decide(post, givenUp, now),
            _ => throw new ArgumentOutOfRangeException(nameof(message)),
        };
        return [.. events, .. events.SelectMany(e => PostStream.Follow(Id, post, e))];
    }).Given(past);
}
