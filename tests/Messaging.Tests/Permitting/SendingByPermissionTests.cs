using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;
using static Engagement.Messaging.Tests.Permitting.Marketing;

namespace Engagement.Messaging.Tests.Permitting;

public sealed class SendingByPermissionTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Marketing_leads_out_in_its_headers_and_in_its_words()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await messaging.TellAndDrain(Reminder());

        var mail = await Mail(messaging);
        var links = messaging.Services.GetRequiredService<PageLinks>();
        var url = links.UrlOf(new PageLink(
            PagePurposes.Preferences, ServiceHost.Tenant, new PreferencesSubject(Giulia, Reminder().Key).ToString(), Noon.AddDays(3 * 365)))!.AbsoluteUri;
        mail.ShouldContain($"\r\nList-Unsubscribe:\r\n <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
        Read(mail).ShouldContain($"Non voglio più ricevere messaggi come questo: {url}");
        Read(mail).ShouldContain($"href=\"{url}\"");
    }

    [Fact]
    public async Task A_follow_up_leads_out_in_its_footer_and_a_thank_you_has_nothing_of_it()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.TellAndDrain(Of(MessageKind.CheckIn));
        var checkIn = await Mail(messaging);
        Directory.Delete(Path.Combine(messaging.Home, "mail"), recursive: true);
        await messaging.TellAndDrain(ThankYou);
        var thankYou = await Mail(messaging);

        Read(checkIn).ShouldMatch("<footer>Demo · ciao@demo.example<br><a href=\"https://shop.example/p/[^\"]+\" style=\"color: inherit\">Non voglio più ricevere messaggi come questo</a></footer>");
        checkIn.ShouldNotContain("List-Unsubscribe");
        Read(thankYou).ShouldNotContain("Non voglio");
        thankYou.ShouldNotContain("List-Unsubscribe");
    }

    [Fact]
    public async Task An_installation_that_cannot_make_links_sends_no_marketing_and_says_why()
    {
        await using var messaging = await ServiceHost.Open<Program>(postgres, MessagingService.Model);
        await messaging.Ready();
        await messaging.TellAndDrain(Reminder(), ThankYou);

        (await messaging.FateOf(Reminder())).ShouldBe("Suppressed no-way-out");
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.Sent);
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Marketing_at_night_goes_in_the_morning_and_its_timer_then_does_nothing_more()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        messaging.Clock.Advance(TimeSpan.FromHours(8));   // 21:00 in Rome
        await messaging.TellAndDrain(Reminder(), ThankYou);
        messaging.Mails().ShouldBe(["thank-you.order-1001.demo@demo.example"]);
        messaging.Clock.Advance(TimeSpan.FromHours(11) - TimeSpan.FromTicks(1));
        await messaging.Drain();
        (await messaging.FateOf(Reminder())).ShouldBe("Deferred quiet-hours");

        messaging.Clock.Advance(TimeSpan.FromTicks(1));
        await messaging.Drain();
        await messaging.TellAndDrain(new DeferralEnded(Reminder().Key, Giulia, Noon.AddHours(19)));

        (await messaging.Stream("message/cart-reminder/cart-abc")).Select(e => e.GetType().Name).ShouldBe(
            ["MessageRequested", "MessageDeferred", "MessageReleased", "MessageComposed", "MessageSent"]);
        messaging.Mails().Length.ShouldBe(2);
        (await messaging.Timers()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_waits_for_a_better_hour_is_counted_by_its_reason()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        using var counts = new Counts("engagement.messages.deferred", nameof(MessageKind.CartFarewell));
        messaging.Clock.Advance(TimeSpan.FromHours(8));

        await messaging.TellAndDrain(Reminder(kind: MessageKind.CartFarewell));

        await messaging.Until(() => Task.FromResult(counts.Told.Contains("1 demo CartFarewell quiet-hours")), "it is counted, just after the commit");
    }

    [Fact]
    public async Task A_timer_of_an_hour_that_was_given_up_does_nothing()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        messaging.Clock.Advance(TimeSpan.FromHours(8));
        await messaging.TellAndDrain(Reminder(), new DeferralEnded(Reminder().Key, Giulia, Noon.AddHours(7)));

        (await messaging.Stream("message/cart-reminder/cart-abc")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_second_of_a_flow_waits_a_day_the_third_of_another_flow_is_not_sent_and_orders_go_on()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        var question = Reminder(kind: MessageKind.CartQuestion);

        await messaging.TellAndDrain(Reminder(), question, Reminder("other"), ThankYou);

        messaging.Mails().ShouldBe(["cart-reminder.cart-abc.demo@demo.example", "thank-you.order-1001.demo@demo.example"]);
        (await messaging.FateOf(question)).ShouldBe("Deferred capped");
        (await messaging.FateOf(Reminder("other"))).ShouldBe("Suppressed another-flow");
        messaging.Clock.Advance(TimeSpan.FromHours(24));
        await messaging.Drain();
        messaging.Mails().Length.ShouldBe(3);
    }

    [Fact]
    public async Task Of_several_that_waited_for_one_address_one_goes_when_it_comes()
    {
        await using var messaging = await Open(postgres);
        await messaging.TellAndDrain(Consent(), Reminder(), Reminder(kind: MessageKind.CartQuestion), Reminder("other"));
        await messaging.Seen(Giulia);
        await messaging.Drain();

        (await Task.WhenAll(new[] { Reminder(), Reminder(kind: MessageKind.CartQuestion), Reminder("other") }.Select(messaging.FateOf)))
            .ShouldBe(["Sent", "Deferred capped", "Suppressed another-flow"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_flow_that_was_ended_makes_room_for_another()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await messaging.Set("""{"capHours":0}""");
        await messaging.TellAndDrain(Reminder(), Reminder(kind: MessageKind.CartQuestion));
        await messaging.TellAndDrain(new WithdrawMessages(Giulia, "cart/abc", "ordered", Noon), Reminder("other"));

        messaging.Mails().Length.ShouldBe(3);
    }

    [Fact]
    public async Task Of_several_that_decide_at_once_one_lets_its_marketing_go_and_no_other()
    {
        await using var messaging = await Open(postgres, new FakeTransport());
        await messaging.Ready();
        messaging.Clock.Advance(TimeSpan.FromHours(1));
        SendMessage[] asked = [.. Enumerable.Range(0, 8).Select(i => Reminder($"{i}"))];

        // Invoked, as by processes of their own: past the order that the queue keeps.
        await Task.WhenAll(asked.Select(async message =>
        {
            await using var scope = messaging.Services.CreateAsyncScope();
            var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
            bus.TenantId = ServiceHost.Tenant;
            await messaging.Until(
                async () =>
                {
                    try
                    {
                        await bus.InvokeAsync(message);
                        return true;
                    }
                    catch (ConcurrencyException)
                    {
                        return false;   // beaten more often than the bus tries by itself
                    }
                },
                "it is taken");
        }));
        await messaging.Drain();

        var fates = await Task.WhenAll(asked.Select(messaging.FateOf));
        fates.Order().ShouldBe(["Sent", .. Enumerable.Repeat("Suppressed another-flow", 7)]);
        (await messaging.Load<Pace>("pace/c-1"))!.Released.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_withdrawn_goes_no_more_wherever_it_waits()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await messaging.TellAndDrain(Reminder("waits", Marco));
        (await messaging.FateOf(Reminder("waits", Marco))).ShouldBe("Suppressed no-consent");
        await messaging.TellAndDrain(Consent(Marco));
        messaging.Clock.Advance(TimeSpan.FromHours(8));
        await messaging.TellAndDrain(Reminder("abc"), Reminder("xyz"), Reminder(kind: MessageKind.CartQuestion), Reminder("unseen", Marco));

        var withdrawn = new WithdrawMessages(Giulia, "cart/abc", "ordered", Noon.AddHours(8), [MessageKind.CartReminder]);
        await messaging.TellAndDrain(withdrawn, withdrawn, new WithdrawMessages(Marco, "cart/unseen", "ordered", Noon.AddHours(8)));

        (await messaging.FateOf(Reminder("abc"))).ShouldBe("Suppressed ordered");
        (await messaging.FateOf(Reminder(kind: MessageKind.CartQuestion))).ShouldBe("Deferred quiet-hours");
        (await messaging.FateOf(Reminder("xyz"))).ShouldBe("Deferred quiet-hours");
        (await messaging.FateOf(Reminder("unseen", Marco))).ShouldBe("Suppressed ordered");
        (await messaging.Load<Pace>("pace/c-1"))!.Ended.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_is_unhappy_is_not_offered_anything_until_that_is_put_right()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        messaging.Clock.Advance(TimeSpan.FromHours(9.5));   // night in Rome
        await messaging.TellAndDrain(Of(MessageKind.Offer), Reminder());
        PauseMarketing pause = new(Giulia, "order/1001", Noon.AddHours(9));
        await messaging.TellAndDrain(pause, pause, new ResumeMarketing(Giulia, "order/1001", Noon.AddHours(8)), Of(MessageKind.ReviewInvitation), ThankYou);

        (await messaging.FateOf(Of(MessageKind.Offer))).ShouldBe("Suppressed paused");
        (await messaging.FateOf(Of(MessageKind.ReviewInvitation))).ShouldBe("Suppressed paused");
        (await messaging.FateOf(Reminder())).ShouldBe("Deferred quiet-hours");
        (await messaging.FateOf(ThankYou)).ShouldBe("Sent");

        await messaging.TellAndDrain(new ResumeMarketing(Giulia, "order/1001", Noon.AddHours(9.2)), pause with { Subject = "order/1002" });
        (await messaging.Load<Pace>("pace/c-1"))!.IsPaused.ShouldBeTrue();   // for the other order
        await messaging.TellAndDrain(new ResumeMarketing(Giulia, "order/1002", Noon.AddHours(9.3)));
        (await messaging.Load<Pace>("pace/c-1"))!.IsPaused.ShouldBeFalse();
    }

    [Fact]
    public async Task A_request_that_comes_after_its_withdrawal_is_too_late()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await messaging.TellAndDrain(new WithdrawMessages(Giulia, "cart/abc", "ordered", Noon), Reminder());

        (await messaging.FateOf(Reminder())).ShouldBe("Suppressed ordered");
        await messaging.TellAndDrain(Reminder(at: Noon.AddMinutes(1), kind: MessageKind.CartQuestion));
        messaging.Mails().Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_follow_up_and_an_order_s_news_that_come_after_their_withdrawal_are_too_late_as_well()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await messaging.TellAndDrain(
            new WithdrawMessages(Giulia, "order/1001", "cancelled", Noon, [MessageKind.CheckIn]), Of(MessageKind.CheckIn), ThankYou,
            new WithdrawMessages(Giulia, "order/1002", "cancelled", Noon), For("1002", Giulia));

        (await messaging.FateOf(Of(MessageKind.CheckIn))).ShouldBe("Suppressed cancelled");
        (await messaging.FateOf(For("1002", Giulia))).ShouldBe("Suppressed cancelled");
        (await messaging.FateOf(ThankYou)).ShouldBe("Sent");
    }

    [Fact]
    public async Task Marketing_that_its_server_refuses_takes_no_place_from_another()
    {
        var server = new FakeTransport(attempt => attempt == 1 ? new PermanentFailure("looks like spam", 550, "5.7.1") : null);
        await using var messaging = await Open(postgres, server);
        await messaging.Ready();

        await messaging.TellAndDrain(Reminder());
        await messaging.TellAndDrain(Reminder("other"));

        (await messaging.FateOf(Reminder())).ShouldBe("Suppressed undeliverable");
        (await messaging.FateOf(Reminder("other"))).ShouldBe("Sent");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_removal_between_the_writing_and_the_final_dot_is_in_time(bool byLink)
    {
        ServiceHost messaging = null!;
        object removal = byLink ? OneClick(Reminder(), Noon, Purpose.Carts) : new WithdrawMessages(Giulia, "cart/abc", "ordered", Noon);
        var server = new SlowTransport(beforeDot: _ => Committed(messaging, removal));
        await using var _ = messaging = await Open(postgres, server);
        await messaging.Ready();

        await messaging.TellAndDrain(Reminder());

        server.Sent.ShouldBeEmpty();
        (await messaging.FateOf(Reminder())).ShouldBe(byLink ? "Suppressed refused" : "Suppressed ordered");
        (await messaging.Load<Pace>("pace/c-1"))!.Released.ShouldBeEmpty();
        (await messaging.Scalar<long>("select count(*) from messaging.deliveries")).ShouldBe(0);
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(AddressFate.Bounced, MessageKind.CartReminder, "Suppressed bounced", 0)]
    [InlineData(AddressFate.Complained, MessageKind.CartReminder, "Suppressed complained", 0)]
    [InlineData(AddressFate.Bounced, MessageKind.ThankYou, "Suppressed bounced", 0)]
    [InlineData(AddressFate.Complained, MessageKind.ThankYou, "Sent", 1)]
    [InlineData(AddressFate.BouncedSoftly, MessageKind.CartReminder, "Sent", 1)]
    public async Task So_is_an_address_that_fails_between_the_writing_and_the_final_dot(AddressFate what, MessageKind kind, string fate, int sent)
    {
        ServiceHost messaging = null!;
        var attempts = 0;
        var server = new SlowTransport(beforeDot: attempt =>
        {
            attempts = attempt;
            var address = messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email);
            return Committed(messaging, new NoteAddress(address, what, null, "message/another", Noon));
        });
        await using var _ = messaging = await Open(postgres, server);
        await messaging.Ready();
        var asked = Of(kind);

        await messaging.TellAndDrain(asked);

        (server.Sent.Count, attempts).ShouldBe((sent, 1));
        (await messaging.FateOf(asked)).ShouldBe(fate);
        (await messaging.Scalar<long>("select count(*) from messaging.deliveries")).ShouldBe(0);
    }

    [Fact]
    public async Task A_removal_after_the_final_dot_is_too_late_for_this_mail()
    {
        ServiceHost messaging = null!;
        var server = new SlowTransport(afterDot: _ => Committed(messaging, OneClick(Reminder(), Noon, Purpose.Carts)));
        await using var _ = messaging = await Open(postgres, server);
        await messaging.Ready();

        await messaging.TellAndDrain(Reminder());

        server.Sent.Count.ShouldBe(1);
        (await messaging.FateOf(Reminder())).ShouldBe("Sent");
        await messaging.TellAndDrain(Reminder("other"));
        (await messaging.FateOf(Reminder("other"))).ShouldBe("Suppressed refused");
    }

    [Fact]
    public async Task A_change_that_forbids_nothing_delays_a_mail_by_one_more_attempt_only()
    {
        ServiceHost messaging = null!;
        var server = new SlowTransport(beforeDot: attempt => attempt == 1
            ? Committed(messaging, PermissionTests.Said(false, [Purpose.Offers], Channel.Email)) : Task.CompletedTask);
        await using var _ = messaging = await Open(postgres, server);
        await messaging.Ready();

        await messaging.TellAndDrain(Reminder());

        server.Sent.Count.ShouldBe(1);
        (await messaging.Stream("message/cart-reminder/cart-abc")).Select(e => e.GetType().Name).ShouldBe(
            ["MessageRequested", "MessageReleased", "MessageReleased", "MessageComposed", "MessageSent"]);
        (await messaging.Load<Pace>("pace/c-1"))!.Released.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_mail_that_its_server_takes_only_at_night_waits_for_the_morning()
    {
        ServiceHost messaging = null!;
        var server = new FakeTransport(attempt =>
        {
            if (attempt > 1) return null;
            messaging.Clock.Advance(TimeSpan.FromHours(9));   // 22:00
            return new TemporaryFailure("busy", 451);
        });
        await using var _ = messaging = await Open(postgres, server);
        await messaging.Ready();

        await messaging.TellAndDrain(Reminder());
        (await messaging.FateOf(Reminder())).ShouldBe("Deferred quiet-hours");
        server.Sent.ShouldBeEmpty();
        messaging.Clock.Advance(TimeSpan.FromHours(10));
        await messaging.Drain();

        server.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_its_server_takes_hours_later_keeps_the_next_away_from_then_on()
    {
        await using var messaging = await OpenWithDelay(TimeSpan.FromHours(6));
        await messaging.Ready();

        await messaging.TellAndDrain(Reminder());
        messaging.Clock.Advance(TimeSpan.FromHours(18));   // a day after its release
        await messaging.TellAndDrain(Reminder(kind: MessageKind.CartQuestion));

        (await messaging.Message(Reminder()))!.SentAt.ShouldBe(Noon.AddHours(6));
        (await messaging.FateOf(Reminder(kind: MessageKind.CartQuestion))).ShouldBe("Deferred capped");
        (await messaging.Message(Reminder(kind: MessageKind.CartQuestion)))!.DeferredUntil.ShouldBe(Noon.AddHours(30));
    }

    [Fact]
    public async Task What_its_server_keeps_waiting_for_longer_than_its_place_lasts_keeps_the_next_away_all_the_same()
    {
        ServiceHost messaging = null!;
        var next = Reminder(kind: MessageKind.CartQuestion);
        var server = new SlowTransport(beforeDot: async attempt =>
        {
            if (attempt > 1) return;
            messaging.Clock.Advance(TimeSpan.FromHours(25));
            await Committed(messaging, next);
            throw new TemporaryFailure("busy", 451);
        });
        await using var _ = messaging = await Open(postgres, server);
        await messaging.Ready();

        await messaging.TellAndDrain(Reminder());
        ((await messaging.Message(Reminder()))!.SentAt, (await messaging.FateOf(next))).ShouldBe((Noon.AddHours(25), "Deferred capped"));
        messaging.Clock.Advance(TimeSpan.FromHours(24));
        await messaging.Drain();

        (await messaging.Message(next))!.SentAt.ShouldBe(Noon.AddHours(49));
        server.Sent.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(MessageKind.CartReminder, "Suppressed stale")]
    [InlineData(MessageKind.CheckIn, "Suppressed stale")]
    [InlineData(MessageKind.ThankYou, "Sent")]
    public async Task What_its_server_takes_only_when_it_is_stale_goes_where_it_is_owed(MessageKind kind, string fate)
    {
        await using var messaging = await OpenWithDelay(TimeSpan.FromHours(72));
        await messaging.Ready();

        await messaging.TellAndDrain(Of(kind));

        (await messaging.FateOf(Of(kind))).ShouldBe(fate);
        ((await messaging.Load<Pace>("pace/c-1"))?.Released ?? []).ShouldBeEmpty();
        (await messaging.Scalar<long>("select count(*) from messaging.deliveries")).ShouldBe(0);
    }

    [Fact]
    public async Task The_shop_s_own_hours_and_limits_hold()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await messaging.Set("""{"quietFrom":"12:30","quietUntil":"13:30","freshnessHours":2}""");   // it is 13:00 in Rome

        await messaging.TellAndDrain(Reminder(), Reminder("old", at: Noon.AddHours(-2).AddTicks(-1)));

        (await messaging.Message(Reminder()))!.DeferredUntil.ShouldBe(Noon.AddMinutes(30));
        (await messaging.FateOf(Reminder("old"))).ShouldBe("Suppressed stale");
    }

    [Fact]
    public async Task No_person_is_asked_to_find_somebody_to_advertise_to()
    {
        await using var messaging = await Open(postgres);
        await messaging.TellAndDrain(Consent(), Reminder(), Reminder("nobody") with { CustomerId = null });
        await messaging.EndPatience();

        (await messaging.FateOf(Reminder())).ShouldBe("Suppressed no-address");
        (await messaging.FateOf(Reminder("nobody"))).ShouldBe("Suppressed no-consent");
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    /// <summary>The server takes a mail only at the second attempt, and that is so much later.</summary>
    private async Task<ServiceHost> OpenWithDelay(TimeSpan delay)
    {
        ServiceHost messaging = null!;
        return messaging = await Open(postgres, new FakeTransport(attempt =>
        {
            if (attempt > 1) return null;
            messaging.Clock.Advance(delay);
            return new TemporaryFailure("busy", 451);
        }));
    }

    private static async Task Committed(ServiceHost messaging, object removal)
    {
        await using var scope = messaging.Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = ServiceHost.Tenant;
        await bus.InvokeAsync(removal);
    }

    private static Task<string> Mail(ServiceHost messaging) =>
        File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(messaging.Home, "mail"), "*.eml").ShouldHaveSingleItem());

    /// <summary>Quoted-printable as its reader reads it.</summary>
    private static string Read(string mail)
    {
        var text = mail.Replace("=\r\n", "", StringComparison.Ordinal);
        return Encoding.UTF8.GetString([.. System.Text.RegularExpressions.Regex.Matches(text, "=([0-9A-F]{2})|([\\s\\S])")
            .Select(m => m.Groups[1].Success ? Convert.ToByte(m.Groups[1].Value, 16) : (byte)m.Value[0])]);
    }
}
