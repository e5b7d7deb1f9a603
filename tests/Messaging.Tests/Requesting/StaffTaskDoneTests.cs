using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Requesting;

public sealed class StaffTaskDoneTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_message_that_staff_has_taken_care_of_is_not_sent_when_its_customer_is_told_late()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Tell(For("1001", customer: null));
        await messaging.Drain();

        await messaging.Tell(Done(await messaging.StaffTasks()), Done(await messaging.StaffTasks()));
        await messaging.Drain();
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        (await messaging.Stream("message/thank-you/order-1001")).Skip(2).ShouldBe([new MessageClosedByStaff(StaffTaskOutcome.Solved, Noon)]);
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.ClosedByStaff);
        messaging.Mails().ShouldBeEmpty();
        (await messaging.StaffTasks()).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_no_server_took_is_closed_by_staff_too()
    {
        await using var messaging = await Open(postgres, new FakeTransport(_ => new PermanentFailure("no such user", 550, "5.1.1")));
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        await messaging.Tell(Done(await messaging.StaffTasks()));
        await messaging.Drain();

        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.ClosedByStaff);
    }

    [Fact]
    public void What_staff_did_about_another_cause_or_after_the_message_found_its_way_changes_nothing()
    {
        var done = new StaffTaskDone(new("unknown-customer/thank-you/order-1001"), StaffTaskKind.UnknownCustomer, null, StaffTaskOutcome.Solved, Noon);
        var message = new Message("message/thank-you/order-1001", MessageKind.ThankYou, null, ThankYou.Occasion, ThankYou.Data, Noon);

        StaffTaskDoneHandler.Decide(message.Apply(new MessageHandedToStaff("unknown-customer", Noon)), done).Length.ShouldBe(1);
        StaffTaskDoneHandler.Decide(message.Apply(new MessageHandedToStaff("no-address", Noon)), done).ShouldBeEmpty();
        StaffTaskDoneHandler.Decide(message.Apply(new MessageSuppressed("stale", Noon)), done).ShouldBeEmpty();
        StaffTaskDoneHandler.Decide(message.Apply(new MessageSent("id", Noon)), done).ShouldBeEmpty();
        StaffTaskDoneHandler.Decide(message, done).ShouldBeEmpty();
        StaffTaskDoneHandler.Decide(null, done).ShouldBeEmpty();
    }

    /// <summary>A person has solved the one task that was raised.</summary>
    private static StaffTaskDone Done(object[] told)
    {
        var task = told.OfType<RaiseStaffTask>().Single();
        return new(task.Key, task.Kind, task.CustomerId, StaffTaskOutcome.Solved, Noon);
    }
}
