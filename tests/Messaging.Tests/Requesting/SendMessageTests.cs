using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Requesting;

public sealed class SendMessageTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_message_to_a_customer_whose_address_is_known_goes_at_once()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);

        await messaging.Tell(ThankYou);
        await messaging.Drain();

        (await messaging.Stream("message/thank-you/order-1001")).ShouldBe(
            [
                new MessageRequested(MessageKind.ThankYou, Giulia, ThankYou.Occasion, ThankYou.Data, Noon),
                new MessageReleased(Noon),
                new MessageComposed("it", 0, messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email), Noon),
                new MessageSent("thank-you.order-1001.demo@demo.example", Noon),
            ],
            new AsWritten());
        messaging.Mails().ShouldBe(["thank-you.order-1001.demo@demo.example"]);
        (await messaging.Timers()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_waits_for_the_address_which_comes_in_time_and_its_timer_does_nothing_then()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);

        await messaging.Tell(ThankYou);
        await messaging.Drain();
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.WaitingForContact);
        messaging.Clock.Advance(TimeSpan.FromSeconds(59));
        await messaging.Drain();
        await messaging.Seen(Giulia);
        await messaging.Drain();
        await messaging.EndPatience();

        (await messaging.Timers()).ShouldBeEmpty();
        (await messaging.Stream("message/thank-you/order-1001")).Select(e => e.GetType())
            .ShouldBe([typeof(MessageRequested), typeof(MessageReleased), typeof(MessageComposed), typeof(MessageSent)]);
        server.Sent.Count.ShouldBe(1);
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_address_that_never_comes_is_a_task_for_a_person_and_stays_one()
    {
        await using var messaging = await Open(postgres);

        await messaging.Tell(ThankYou);
        await messaging.Drain();
        (await messaging.StaffTasks()).ShouldBeEmpty();
        await messaging.EndPatience();
        await messaging.Seen(Giulia);
        await messaging.Drain();

        (await messaging.StaffTasks()).ShouldBe([TaskFor("no-address", StaffTaskKind.NoAddress, Giulia, Noon.AddSeconds(60))]);
        (await messaging.Message(ThankYou))!.ShouldSatisfyAllConditions(
            message => message.State.ShouldBe(MessageState.HandedToStaff),
            message => message.Reason.ShouldBe("no-address"));
        messaging.Mails().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_contact_without_an_address_is_not_what_was_waited_for()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia, email: null);

        await messaging.Tell(ThankYou);
        await messaging.Drain();
        await messaging.Seen(Giulia, email: null, at: Noon);
        await messaging.Drain();
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.WaitingForContact);
        await messaging.EndPatience();

        (await messaging.StaffTasks()).ShouldBe([TaskFor("no-address", StaffTaskKind.NoAddress, Giulia, Noon.AddSeconds(60))]);
    }

    [Fact]
    public async Task A_contact_that_came_unnoticed_is_found_when_patience_ends()
    {
        await using var messaging = await Open(postgres);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        // As when the handler that releases failed and stepped aside.
        var details = await messaging.Services.GetRequiredService<Vault>().SealAsync(ServiceHost.Tenant, Giulia, new ContactDetails(Name, Email));
        await messaging.Store(new Contact(Giulia, details, HasEmail: true, "it", null, Noon));
        await messaging.EndPatience();

        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.Sent);
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_to_nobody_known_is_a_task_for_a_person_at_once()
    {
        await using var messaging = await Open(postgres);

        await messaging.Tell(For("1001", customer: null));
        await messaging.Drain();

        (await messaging.StaffTasks()).ShouldBe([TaskFor("unknown-customer", StaffTaskKind.UnknownCustomer, null, Noon)]);
        (await messaging.Timers()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_order_that_tells_late_who_the_customer_is_gets_its_thank_you_after_all()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Tell(For("1001", customer: null));
        await messaging.Drain();

        await messaging.Tell(ThankYou);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        messaging.Mails().ShouldBe(["thank-you.order-1001.demo@demo.example"]);
        var task = TaskFor("unknown-customer", StaffTaskKind.UnknownCustomer, null, Noon);
        (await messaging.StaffTasks()).ShouldBe([task, new WithdrawStaffTask(task.Key, WithdrawalReason.CustomerFound, Noon)]);
        (await messaging.SentTo("support")).Select(queued => queued.Group).ShouldBe([$"task/{task.Key}", $"task/{task.Key}"]);
    }

    [Fact]
    public async Task However_often_and_by_however_many_it_is_asked_for_it_is_one_message()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);

        // A late order asks again, with details, and for a customer that was not known before.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => messaging.Tell(ThankYou, i % 2 == 0 ? ThankYou : ThankYou with { CustomerId = null })));
        await messaging.Drain();
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        (await messaging.Scalar<long>("select count(*) from messaging.mt_events where type = 'message_requested'")).ShouldBe(1);
        (await messaging.Scalar<long>("select count(*) from bus.messaging_dead_letters")).ShouldBe(0);
        var tasks = await messaging.StaffTasks();
        (messaging.Mails().Length + tasks.OfType<RaiseStaffTask>().Count() - tasks.OfType<WithdrawStaffTask>().Count()).ShouldBe(1);
    }

    [Fact]
    public async Task An_occasion_too_old_is_suppressed_and_stays_so()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        var stale = ThankYou with { Occasion = ThankYou.Occasion with { OccurredAt = Noon - MessageRules.Default.Freshness - TimeSpan.FromTicks(1) } };

        await messaging.Tell(stale, stale, ThankYou);
        await messaging.Drain();

        (await messaging.Stream("message/thank-you/order-1001")).Skip(1).ShouldBe([new MessageSuppressed("stale", Noon)]);
        messaging.Mails().ShouldBeEmpty();
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Shops_do_not_share_messages_nor_contacts()
    {
        await using var messaging = await Open(postgres);

        await messaging.Tell(ThankYou);
        await messaging.TellFor("other", ThankYou);
        await messaging.Drain();
        await messaging.Seen(Giulia, tenant: "other");
        await messaging.Drain();

        messaging.Mails().ShouldBe(["thank-you.order-1001.other@other.example"]);
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.WaitingForContact);
    }
}
