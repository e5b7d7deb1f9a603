using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Reporting;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Reporting;

public sealed class ReportMessageTests(PostgresFixture postgres)
{
    private const string Id = "thank-you.order-1001.demo@demo.example";

    private static readonly CustomerId At = new("guest-5f");
    private static readonly MessageRequested Requested = new(MessageKind.ThankYou, Giulia, ThankYou.Occasion, ThankYou.Data, Noon);
    private static readonly MessageComposed Composed = new("it", 0, At, Noon);
    private static readonly MessageSent Sent = new(Id, Noon);
    private static readonly ReportMessage Delivered = Report(MessageFate.Delivered, at: Noon.AddSeconds(5));
    private static readonly ReportMessage Bounced = Report(MessageFate.Bounced, true, "5.1.1", Noon.AddMinutes(1));
    private static readonly ReportMessage Full = Report(MessageFate.Bounced, false, "4.2.2", Noon.AddMinutes(2));
    private static readonly ReportMessage Complained = Report(MessageFate.Complained, at: Noon.AddHours(1));

    [Fact]
    public void A_message_s_life_is_told_once_however_often_it_is_reported() =>
        Given(Requested, new MessageReleased(Noon), Composed, Sent)
            .When(Full).Then(new MessageBounced(false, "4.2.2", Noon.AddMinutes(2)), new NoteAddress(At, AddressFate.BouncedSoftly, "4.2.2", Stream, Noon.AddMinutes(2)))
            .When(Full).ThenNothing()
            .When(Delivered).Then(new MessageDelivered(Noon.AddSeconds(5)))
            .When(Delivered).ThenNothing()
            .When(Complained).Then(
                new MessageComplained(Noon.AddHours(1)), new NoteAddress(At, AddressFate.Complained, null, Stream, Noon.AddHours(1)),
                new RecordPermission(
                    Giulia, false, null, null, PermissionBasis.Complaint, null, new Reported(Noon.AddHours(1), Noon), ThankYou.Key))
            .When(Complained).ThenNothing();

    [Fact]
    public void What_came_back_for_good_and_is_owed_is_a_task_for_a_person() =>
        Given(Requested, new MessageReleased(Noon), Composed, Sent).When(Bounced).Then(
            new MessageBounced(true, "5.1.1", Noon.AddMinutes(1)),
            new NoteAddress(At, AddressFate.Bounced, "5.1.1", Stream, Noon.AddMinutes(1)),
            TaskFor("undeliverable", StaffTaskKind.Undeliverable, Giulia, Noon),
            new MessageFailed(ThankYou.Key, MessageKind.ThankYou, Giulia, "bounced", Noon)).When(Bounced).ThenNothing();

    [Fact]
    public void What_nobody_waits_for_is_told_to_the_shop_alone() =>
        Given(Requested with { Kind = MessageKind.Offer }, Composed, Sent).When(Bounced).Then(
            new MessageBounced(true, "5.1.1", Noon.AddMinutes(1)),
            new NoteAddress(At, AddressFate.Bounced, "5.1.1", Stream, Noon.AddMinutes(1)),
            new MessageFailed(ThankYou.Key, MessageKind.Offer, Giulia, "bounced", Noon));

    [Fact]
    public void A_test_that_came_back_says_something_of_the_address_and_nothing_to_others() =>
        Given(Requested with { Test = new TemplateTest("it", 0) }, Composed, Sent).When(Bounced).Then(
            new MessageBounced(true, "5.1.1", Noon.AddMinutes(1)), new NoteAddress(At, AddressFate.Bounced, "5.1.1", Stream, Noon.AddMinutes(1)));

    [Fact]
    public void What_never_left_can_t_have_arrived() =>
        Given(Requested, new MessageSuppressed("stale", Noon)).When(Delivered).ThenNothing().When(Bounced).ThenNothing();

    [Fact]
    public void In_whatever_order_it_is_reported_what_weighs_most_stands()
    {
        var reports = Gen.Elements(Delivered, Bounced, Full, Complained).ListOf();
        Prop.ForAll(Arb.From(reports), told =>
        {
            var state = told.Aggregate(Given(Requested, Composed, Sent), (spec, report) => spec.When(report)).State!;
            state.State.ShouldBe(
                told.Contains(Complained) ? MessageState.Complained
                : told.Contains(Bounced) ? MessageState.Bounced
                : told.Contains(Delivered) ? MessageState.Delivered
                : MessageState.Sent);
        }).Check(Config.QuickThrowOnFailure);
    }

    [Theory]
    [InlineData(Id)]
    [InlineData($"<{Id}>")]
    [InlineData("thank-you/order-1001")]
    public async Task The_stream_tells_a_message_s_life_by_the_mail_s_id_or_by_our_key(string id)
    {
        await using var messaging = await Open(postgres, new FakeTransport());
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        await messaging.Tell(Delivered with { MessageId = id }, Delivered with { MessageId = id }, Bounced with { MessageId = id });
        await messaging.Drain();

        var address = messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email);
        (await messaging.Stream(Stream)).Skip(2).ShouldBe(
        [
            new MessageComposed("it", 0, address, Noon), new MessageSent(Id, Noon), new MessageDelivered(Noon.AddSeconds(5)), new MessageBounced(true, "5.1.1", Noon.AddMinutes(1)),
        ]);
        (await messaging.StaffTasks()).ShouldBe([TaskFor("undeliverable", StaffTaskKind.Undeliverable, Giulia, Noon)]);
        (await messaging.SentTo("gateway")).Select(queued => queued.Message).ShouldBe(
        [
            new Contracts.MessageSent(ThankYou.Key, MessageKind.ThankYou, Giulia, Noon),
            new MessageFailed(ThankYou.Key, MessageKind.ThankYou, Giulia, "bounced", Noon),
        ]);
        (await messaging.Load<Address>(Address.StreamKey(address)))!.BouncedAt.ShouldBe(Noon.AddMinutes(1));

        await messaging.Tell(new StaffTaskDone(
            new("undeliverable/thank-you/order-1001"), StaffTaskKind.Undeliverable, Giulia, StaffTaskOutcome.Solved, Noon));
        await messaging.Drain();
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.ClosedByStaff);
    }

    [Fact]
    public async Task A_complaint_ends_service_mails_and_five_full_mailboxes_in_a_row_all_of_them()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Seen(Marco, email: "marco@mail.example");
        await Send(For("1001", Giulia));
        await messaging.Tell(Complained);
        foreach (var i in Enumerable.Range(1, 5)) await Bounce($"full-{i}");
        await messaging.Tell(Delivered with { MessageId = "thank-you/order-full-5" });   // told late: it is gone all the same
        await messaging.Drain();

        var checkIn = new SendMessage(
            new("check-in/order-1001"), MessageKind.CheckIn, Giulia, ThankYou.Occasion, new OrderArrived(new OrderId("1001")));
        await Send(checkIn);
        await Send(For("1002", Giulia));
        await Send(For("full-6", Marco));

        (await messaging.Message(checkIn))!.Reason.ShouldBe("refused");   // by whom it was sent to, and at the address
        (await messaging.StateOf(For("1002", Giulia))).ShouldBe(MessageState.Sent);
        (await messaging.Message(For("full-6", Marco)))!.Reason.ShouldBe("bounced");

        async Task Bounce(string order)
        {
            await Send(For(order, Marco));
            await messaging.Tell(Full with { MessageId = $"thank-you/order-{order}" }, Full with { MessageId = $"thank-you/order-{order}" });
            await messaging.Drain();
        }

        async Task Send(SendMessage message)
        {
            await messaging.Tell(message);
            await messaging.Drain();
        }
    }

    [Fact]
    public async Task What_is_reported_of_a_message_before_its_leaving_is_known_waits_for_that()
    {
        await using var messaging = await Open(postgres, new FakeTransport(attempt => attempt == 1 ? new TemporaryFailure("busy", 451) : null));
        await messaging.Store(new Contact(Giulia, new Sealed("…"), HasEmail: true, "it", null, Noon));
        await messaging.Execute("insert into messaging.deliveries (tenant, id, kind, payload, due_at, created_at) "
            + $"values ('demo', '{Stream}', 'held', '{{}}', '2100-01-01', '2100-01-01')");   // its delivery is taken by nobody yet
        await messaging.Tell(ThankYou);
        await messaging.Until(async () => await messaging.StateOf(ThankYou) == MessageState.Released, "it is released");

        await messaging.Tell(Delivered with { MessageId = "thank-you/order-1001" });
        await messaging.Until(async () => (await messaging.Timers()).Count == 1, "it waits");

        (await messaging.Timers()).Single().Message.ShouldBe(Delivered with { MessageId = "thank-you/order-1001" });
    }

    [Fact]
    public async Task What_is_reported_by_the_mail_s_id_before_its_leaving_is_known_is_looked_at_again_after_a_minute()
    {
        await using var messaging = await Open(postgres, new FakeTransport());
        await messaging.Seen(Giulia);
        await messaging.Tell(Bounced);
        await messaging.Drain();
        await messaging.Tell(ThankYou);
        await messaging.Drain();
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.Sent);

        messaging.Clock.Advance(TimeSpan.FromMinutes(1));
        await messaging.Drain();

        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.Bounced);
    }

    [Fact]
    public async Task A_report_of_a_message_that_nobody_knows_is_counted_and_dropped()
    {
        await using var messaging = await Open(postgres);
        using var counts = new Counts("engagement.reports.unknown", "reporting");

        await messaging.TellFor("reporting", Delivered with { MessageId = "newsletter@elsewhere.example" });
        await messaging.Drain();
        counts.Told.ShouldBeEmpty();
        for (var minute = 0; minute < 3; minute++)
        {
            messaging.Clock.Advance(TimeSpan.FromMinutes(1));
            await messaging.Drain();
        }

        await messaging.Until(() => Task.FromResult(counts.Told.Count > 0), "it is counted, just after the commit");
        counts.Told.ShouldBe(["1 reporting Delivered"]);
        (await messaging.Scalar<long>("select count(*) from bus.messaging_dead_letters")).ShouldBe(0);
    }

    private const string Stream = "message/thank-you/order-1001";

    private static Spec<Message> Given(params object[] events) => new Spec<Message>(Stream, (message, report, now) =>
        ReportMessageHandler.Decide(message!, (ReportMessage)report) is { } told ? [told, .. ReportMessageHandler.Follow(message!, told, now)] : []).Given(events);

    private static ReportMessage Report(MessageFate fate, bool isPermanent = false, string? code = null, DateTimeOffset? at = null) =>
        new(Id, fate, isPermanent, code, new Reported(at ?? Noon, Noon));
}
