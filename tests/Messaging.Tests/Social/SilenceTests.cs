using Engagement.Contracts;
using Engagement.Messaging.Social;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Social;

public sealed class SilenceTests(PostgresFixture postgres)
{
    private static readonly SocialSettings Week = new("https://bottega.example/posts", "c2VhbGVk", null);
    private static readonly SocialSettings Never = Week with { RemindAfterDays = 0 };
    private static readonly SocialSettings ThreeDays = Week with { RemindAfterDays = 3 };
    private static readonly Silence Quiet = Silence.From(Noon);
    private static readonly Silence Reminded = Quiet with { IsReminded = true };
    private static readonly DateTimeOffset Due = Noon.AddDays(7);
    private static readonly StaffTaskKey Task = new($"post-something/{Noon.ToUnixTimeSeconds()}");
    private static readonly RaiseStaffTask Raised = new(Task, StaffTaskKind.PostSomething, Urgency.Low, null, "social", Due.AddHours(48), Due);

    [Fact]
    public void A_shop_that_says_where_posts_go_is_watched_from_then_on_and_one_that_says_nowhere_no_more()
    {
        Settled(null, Week).ShouldBe(Quiet, Watch(Due));
        Settled(null, Never).ShouldBe(Quiet);
        Settled(null, new SocialSettings()).ShouldBe(null);
        Settled(Reminded, new SocialSettings()).ShouldBe(null, new WithdrawStaffTask(Task, WithdrawalReason.SilenceOver, Noon));
        Settled(Reminded, Never).ShouldBe(Reminded, new WithdrawStaffTask(Task, WithdrawalReason.SilenceOver, Noon));
    }

    [Fact]
    public void Other_days_are_another_timer_and_a_silence_that_staff_know_of_is_not_told_again()
    {
        Settled(Quiet, ThreeDays).ShouldBe(Quiet, Watch(Noon.AddDays(3)));
        Settled(Reminded, ThreeDays).ShouldBe(Reminded);
    }

    [Fact]
    public void Staff_are_reminded_once_when_a_silence_has_lasted() => Lasted(Quiet, Week).ShouldBe(Reminded, Raised);

    [Fact]
    public void A_timer_of_another_silence_of_other_settings_or_of_one_that_staff_know_of_does_nothing()
    {
        Lasted(Reminded, Week).ShouldBe(Reminded);
        Lasted(Quiet, ThreeDays).ShouldBe(Quiet);
        Lasted(Quiet, Never).ShouldBe(Quiet);
        Lasted(Quiet, new SocialSettings()).ShouldBe(Quiet);
        Lasted(Silence.From(Noon.AddDays(1)), Week).ShouldBe(Silence.From(Noon.AddDays(1)));
        Lasted(null, Week).ShouldBe(null);
    }

    [Fact]
    public void A_post_ends_a_silence_and_the_next_begins()
    {
        var at = Noon.AddDays(8);
        Posted(Reminded, at).ShouldBe(Silence.From(at), new WithdrawStaffTask(Task, WithdrawalReason.SilenceOver, at), Watch(at.AddDays(7)));
        Posted(Quiet, at).ShouldBe(Silence.From(at), Watch(at.AddDays(7)));
        Posted(Quiet, Noon).ShouldBe(Quiet);   // heard before
    }

    [Fact]
    public async Task A_shop_that_posts_nothing_is_reminded_and_a_post_takes_the_reminder_back()
    {
        await using var receiver = await Receiver.Open();
        await using var messaging = await ServiceHost.Open<Program>(
            postgres, MessagingService.Model, services => services.AddSingleton(new PublicAddresses(AnyAddress: true)));
        await messaging.Configure(receiver.Url);
        await messaging.Pass(minutes: 1);
        await messaging.Configure(receiver.Url, days: 3);   // the timer of a week is superseded
        await messaging.Pass(minutes: 1);
        await messaging.Pass(hours: 48);
        (await messaging.StaffTasks()).ShouldBeEmpty();

        await messaging.Pass(hours: 24);
        var task = (await messaging.StaffTasks()).ShouldHaveSingleItem().ShouldBeOfType<RaiseStaffTask>();
        (task.Kind, task.Urgency, task.Subject, task.CustomerId).ShouldBe((StaffTaskKind.PostSomething, Urgency.Low, "social", null));
        await messaging.Pass(hours: 24 * 30);
        (await messaging.StaffTasks()).Length.ShouldBe(1);

        await messaging.Plan("spring", messaging.Clock.GetUtcNow().AddHours(1));
        await messaging.Pass(hours: 1);
        (await messaging.StaffTasks())[1..].ShouldBe([new WithdrawStaffTask(task.Key, WithdrawalReason.SilenceOver, messaging.Clock.GetUtcNow())]);
        await messaging.Pass(hours: 71);
        (await messaging.StaffTasks()).Length.ShouldBe(2);
        await messaging.Pass(hours: 1);
        (await messaging.StaffTasks())[2..].ShouldHaveSingleItem().ShouldBeOfType<RaiseStaffTask>().Key.ShouldNotBe(task.Key);
        (await messaging.Load<Silence>(Silence.Key, "other")).ShouldBeNull();
    }

    private static Outcome Settled(Silence? silence, SocialSettings settings) => new(SilenceHandler.Decide(silence, settings, new SocialSettingsSettled(), Noon));

    private static Outcome Posted(Silence? silence, DateTimeOffset at) => new(SilenceHandler.Decide(silence, Week, new ShopPosted(at)));

    private static Outcome Lasted(Silence? silence, SocialSettings settings) =>
        new(SilenceHandler.Decide(silence, settings, new SilenceLasted(Due), Due));

    private static DeliveryMessage<SilenceLasted> Watch(DateTimeOffset at) => new SilenceLasted(at).ScheduledAt(at);

    private sealed record Outcome((Silence? Silence, IEnumerable<object> Messages) Is)
    {
        public void ShouldBe(Silence? silence, params object[] messages)
        {
            Is.Silence.ShouldBe(silence);
            Spec.Written(Is.Messages).ShouldBe(Spec.Written(messages));
        }
    }
}
