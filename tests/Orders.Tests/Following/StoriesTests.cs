using Engagement.Contracts;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Paying;
using Engagement.Orders.Settings;
using Engagement.Orders.Shipping;
using Engagement.Testing;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests.Following;

/// <summary>What becomes of an order as time goes by; the 20th was promised, it is noon of the 12th.</summary>
public class StoriesTests
{
    private static readonly DateTimeOffset EndOfThe20th = new(2026, 1, 20, 23, 0, 0, TimeSpan.Zero);   // midnight in Rome
    private static readonly StaffTaskKey LateTask = new("order-late/order-1001");

    private static DateTimeOffset Rome(int day, int hour) => new DateTimeOffset(2026, 1, day, hour, 0, 0, TimeSpan.FromHours(1)).ToUniversalTime();

    [Fact]
    public void A_thank_you_that_nobody_confirms_within_15_minutes_of_the_payment_s_arrival_is_an_urgent_task()
    {
        var story = new Story().Tell(Place, Pay).Until(Pay.Reported.ReceivedAt.AddMinutes(15).AddTicks(-1));
        Tasks(story).ShouldBeEmpty();

        story.After(TimeSpan.FromTicks(1));
        Tasks(story).ShouldBe([new RaiseStaffTask(
            new("thank-you-overdue/order-1001"), StaffTaskKind.ThankYouOverdue, Urgency.High, Giulia, "order/1001", story.Now.AddHours(1), story.Now)]);

        story.Tell(Sent());   // after all
        Withdrawn(story).ShouldBe([new StaffTaskKey("thank-you-overdue/order-1001")]);
        story.Order!.ThankYou.ShouldBe(new ThankYouState(LeftAt: Spec.Noon, OverdueAt: Pay.Reported.ReceivedAt.AddMinutes(15)));
    }

    [Fact]
    public void A_thank_you_that_left_in_time_or_is_not_to_be_sent_alarms_nobody()
    {
        foreach (var outcome in new object[] { Sent(), new MessageSuppressed(ThankYou.Key, MessageKind.ThankYou, Giulia, "stale", Spec.Noon) })
            Tasks(new Story().Tell(Place, Pay, outcome).After(TimeSpan.FromHours(1))).ShouldBeEmpty();
    }

    [Fact]
    public void A_thank_you_that_failed_makes_the_task_that_Messaging_raised_more_pressing()
    {
        var story = new Story().Tell(Place, Pay, new MessageFailed(ThankYou.Key, MessageKind.ThankYou, Giulia, "no-address", Spec.Noon)).After(TimeSpan.FromHours(1));

        var task = Tasks(story).ShouldHaveSingleItem();
        (task.Key.Value, task.Kind, task.Urgency).ShouldBe(("no-address/thank-you/order-1001", StaffTaskKind.NoAddress, Urgency.High));
    }

    [Fact]
    public void The_watch_is_set_once_and_a_timer_that_comes_late_or_is_superseded_does_nothing()
    {
        var watch = new ThankYouWatch { Id = Id };
        watch.StartOrHandle(new(Id, Spec.Noon));
        watch.Handle(new ThankYouWaitEnded(Id, Spec.Noon.AddHours(-1))).ShouldBeNull();
        watch.Handle(new ThankYouWaitEnded(Id, Spec.Noon)).ShouldBe(new MissThankYou(Id));
        watch.IsCompleted().ShouldBeTrue();

        Everything(Placed, Paid, new ThankYouLeft(Spec.Noon)).When(new MissThankYou(Id)).ThenNothing();
        Everything(Placed, Paid, Cancelled).When(new MissThankYou(Id)).ThenNothing();
        Everything(Placed, Paid, new ThankYouOverdue(Spec.Noon)).When(new MissThankYou(Id)).ThenNothing();
    }

    [Fact]
    public void A_payment_after_the_cancellation_is_not_thanked_for_but_a_task_for_staff()
    {
        var late = Pay with { Reported = At(-1) };
        foreach (var told in new IOrderFact[][] { [Place, Cancel, late], [late, Cancel, Place], [late, Place, Cancel] })
        {
            var story = new Story().Tell(told).After(TimeSpan.FromDays(30));
            Open(story).ShouldBe(["paid-after-cancellation/order-1001"]);
        }

        Open(new Story().Tell(Place, Cancel, Pay)).ShouldBeEmpty();   // it was paid before, and told late
        new Story().Tell(Place, Cancel, late).Told.ShouldBe(["order-cancelled/order-1001"]);
    }

    [Fact]
    public void An_order_is_late_when_the_promised_day_is_over_in_the_shop_s_zone_and_its_customer_is_told_first_and_staff_later()
    {
        var story = new Story().Tell(Place, Pay, Sent(), Ship).Until(EndOfThe20th.AddTicks(-1));
        story.Order!.IsLate.ShouldBeFalse();

        story.After(TimeSpan.FromTicks(1));
        story.Order!.IsLate.ShouldBeTrue();
        story.Told.ShouldContain("delayed/order-1001");
        story.Asked.OfType<OrderLate>().ShouldBe([new OrderLate(Id, Giulia, new DateOnly(2026, 1, 20), EndOfThe20th)]);
        Tasks(story).ShouldBeEmpty();

        story.After(TimeSpan.FromDays(3));
        Open(story).ShouldBe([LateTask.Value]);
        story.Tell(Deliver with { Reported = new(story.Now, story.Now) });
        Open(story).ShouldBeEmpty();
        story.Order!.IsLate.ShouldBeFalse();
    }

    [Fact]
    public void What_arrived_in_time_is_called_off_paid_back_lost_or_not_paid_for_is_not_late()
    {
        var lost = new ReportParcel(Id, "ZA17", ParcelFate.Lost, At(-1));
        foreach (var told in new IOrderFact[][]
        {
            [Place], [Place, Pay, Ship, Deliver], [Place, Pay, Cancel], [Place, Pay, Ship, new RecordRefund(Id, "r", Place.Total, At(-1))], [Place, Pay, Ship, lost],
        })
            new Story().Tell(told).After(TimeSpan.FromDays(40)).Told.ShouldNotContain("delayed/order-1001");
    }

    [Fact]
    public void Another_day_promised_by_the_carrier_supersedes_the_first_and_a_customer_is_told_once()
    {
        var story = new Story().Tell(Place, Pay, Ship with { PromisedOn = new DateOnly(2026, 1, 22) }).Until(EndOfThe20th.AddDays(1));
        story.Told.ShouldNotContain("delayed/order-1001");

        story.After(TimeSpan.FromDays(1)).Told.ShouldContain("delayed/order-1001");
        story.Tell(Ship with { Parcel = "p-2", TrackingNumber = "2", PromisedOn = new DateOnly(2026, 1, 25) }).After(TimeSpan.FromDays(30));
        story.Asked.OfType<OrderLate>().Count().ShouldBe(1);
    }

    [Fact]
    public void Where_no_event_says_a_day_the_shop_s_rule_does_in_working_days()
    {
        var rules = new OrderRules(new OrderSettings { LeadDays = 5, Holidays = [new DateOnly(2026, 1, 14)] });
        var story = new Story(rules).Tell(Place with { PromisedOn = null }, Pay, Sent());   // paid on Monday the 12th: 13, 15, 16, 19, 20
        story.Until(EndOfThe20th.AddTicks(-1)).Told.ShouldNotContain("delayed/order-1001");
        story.After(TimeSpan.FromTicks(1)).Told.ShouldContain("delayed/order-1001");

        new Story().Tell(Place with { PromisedOn = null }, Pay).After(TimeSpan.FromDays(60)).Told.ShouldNotContain("delayed/order-1001");
    }

    [Theory]
    [InlineData("2026-01-16T17:00:00Z", 1, "2026-01-19")]   // Friday: Monday
    [InlineData("2026-01-17T09:00:00Z", 1, "2026-01-19")]   // Saturday: the day after which it is worked
    [InlineData("2026-01-17T09:00:00Z", 0, "2026-01-19")]
    [InlineData("2026-01-16T23:30:00Z", 0, "2026-01-19")]   // in Rome it is Saturday already
    [InlineData("2026-01-12T09:00:00Z", 0, "2026-01-12")]
    [InlineData("2026-01-12T09:00:00Z", 10, "2026-01-26")]
    public void Lead_days_are_working_days_after_that_of_the_payment(string paid, int days, string promised) =>
        new OrderRules(new OrderSettings { LeadDays = days }).PromiseFor(DateTimeOffset.Parse(paid, null)).ShouldBe(DateOnly.Parse(promised, null));

    [Fact]
    public void Days_end_and_hours_come_where_the_clocks_are_changed_too()
    {
        OrderRules In(string zone) => new(new OrderSettings { Zone = zone, CheckInHour = 2 });
        In("Europe/Rome").EndOf(new DateOnly(2026, 3, 28)).ShouldBe(new DateTimeOffset(2026, 3, 28, 23, 0, 0, TimeSpan.Zero));
        In("Europe/Rome").EndOf(new DateOnly(2026, 3, 29)).ShouldBe(new DateTimeOffset(2026, 3, 29, 22, 0, 0, TimeSpan.Zero));
        In("Asia/Beirut").EndOf(new DateOnly(2026, 3, 28)).ShouldBe(new DateTimeOffset(2026, 3, 28, 22, 0, 0, TimeSpan.Zero));   // there is no midnight that day
        In("Europe/Rome").CheckInAt(new DateTimeOffset(2026, 3, 26, 12, 0, 0, TimeSpan.Zero), true, null)
            .ShouldBe(new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero));   // nor is there two o'clock
        In("Europe/Rome").CheckInAt(new DateTimeOffset(2026, 3, 26, 23, 30, 0, TimeSpan.Zero), true, "America/New_York")
            .ShouldBe(new DateTimeOffset(2026, 3, 29, 6, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public void Three_days_after_the_delivery_at_ten_where_the_customer_lives_the_question_is_asked_once()
    {
        var story = new Story().Tell(Place with { Zone = "America/New_York" }, Pay, Ship, Deliver).Until(Rome(15, 16).AddTicks(-1));
        story.Told.ShouldNotContain("check-in/order-1001");
        story.After(TimeSpan.FromTicks(1)).Told.ShouldContain("check-in/order-1001");
        story.Order!.IsCheckInOpen.ShouldBeTrue();
        story.Tell(Deliver with { Parcel = "x" }).After(TimeSpan.FromDays(60)).Asked.OfType<SendMessage>().Count(message => message.Kind == MessageKind.CheckIn).ShouldBe(1);
    }

    [Fact]
    public void Where_no_delivery_is_ever_told_it_is_asked_14_days_after_shipping_and_a_delivery_supersedes_that()
    {
        var unsaid = Place with { PromisedOn = null };
        new Story().Tell(unsaid, Pay, Ship).Until(Rome(26, 10)).Told.ShouldContain("check-in/order-1001");
        var delivered = new Story().Tell(unsaid, Pay, Ship).Until(Rome(24, 12));
        delivered.Tell(Deliver with { Reported = new(delivered.Now, delivered.Now) }).Until(Rome(27, 9)).Told.ShouldNotContain("check-in/order-1001");
        delivered.Until(Rome(27, 10)).Told.ShouldContain("check-in/order-1001");
    }

    [Fact]
    public void Nobody_is_asked_about_what_was_called_off_paid_back_lost_or_returned_or_where_the_shop_does_not_want_it()
    {
        foreach (var fact in new IOrderFact[]
                 { Cancel, Refund, new ReportParcel(Id, null, ParcelFate.Returned, At(-1)), new ReportParcel(Id, null, ParcelFate.Lost, At(-1)) })
            new Story().Tell(Place, Pay, Ship, Deliver, fact).After(TimeSpan.FromDays(60)).Told.ShouldNotContain("check-in/order-1001");
        new Story(new(new OrderSettings { CheckInEnabled = false })).Tell(Place, Pay, Ship, Deliver).After(TimeSpan.FromDays(60))
            .Told.ShouldNotContain("check-in/order-1001");
    }

    [Fact]
    public void An_open_inquiry_keeps_the_question_back()
    {
        var order = Recording(Placed, Paid, Shipped, Delivered).State!;
        var due = new CheckInDue(Id, Delivered.Reported.OccurredAt);
        CheckInDueHandler.Decide(order, due, OrderRules.Default, hasOpenInquiry: true, Rome(15, 10)).ShouldBeEmpty();
        CheckInDueHandler.Decide(order, due, OrderRules.Default, hasOpenInquiry: false, Rome(15, 10)).ShouldBe([new CheckInAsked(Rome(15, 10))]);
        Spec.Written(InquiryHandler.Decide([order], OrderRules.Default, Rome(16, 12))).ShouldBe(Spec.Written([due.ScheduledAt(Rome(17, 10))]));
        InquiryHandler.Decide([order], OrderRules.Default, Rome(14, 12)).ShouldBeEmpty();   // its own timer is still to come
        InquiryHandler.Decide([order], OrderRules.Default, Rome(19, 12)).ShouldBeEmpty();   // too late to ask
    }

    [Fact]
    public void Who_is_unhappy_gets_a_person_and_who_is_happy_a_week_later_an_invitation()
    {
        var story = new Story().Tell(Place, Pay, Sent(), Ship, Deliver).Until(Rome(15, 12));
        AnswerCheckIn Say(CheckInAnswer answer) => new(Id, Giulia, answer, null, new(story.Now, story.Now));

        story.Tell(Say(CheckInAnswer.Happy), Say(CheckInAnswer.Happy)).Until(Rome(22, 13)).Told.ShouldNotContain("review-invitation/order-1001");
        story.Until(Rome(23, 10)).Told.ShouldContain("review-invitation/order-1001");
        Tasks(story).ShouldBeEmpty();

        story.Tell(Say(CheckInAnswer.Unhappy));   // after all
        Tasks(story).Select(task => (task.Kind, task.Urgency, task.Subject)).ShouldBe([(StaffTaskKind.CustomerUnhappy, Urgency.High, "order/1001")]);
        story.Asked.OfType<WithdrawMessages>().Last().Kinds.ShouldBe([MessageKind.ReviewInvitation]);
        story.Asked.OfType<PauseMarketing>().ShouldBe([new PauseMarketing(Giulia, "order/1001", story.Now)]);
        story.Tell(new StaffTaskDone(Tasks(story).Single().Key, StaffTaskKind.CustomerUnhappy, Giulia, StaffTaskOutcome.Solved, story.Now));
        story.Asked.OfType<ResumeMarketing>().ShouldBe([new ResumeMarketing(Giulia, "order/1001", story.Now)]);
        story.Order!.CheckIn.Answers.Select(answer => answer.Answer).ShouldBe([CheckInAnswer.Happy, CheckInAnswer.Unhappy]);

        var unhappy = new Story().Tell(Place, Pay, Ship, Deliver).Until(Rome(15, 12));
        unhappy.Tell(new AnswerCheckIn(Id, Giulia, CheckInAnswer.Unhappy, new Sealed("x"), new(unhappy.Now, unhappy.Now))).After(TimeSpan.FromDays(60))
            .Told.ShouldNotContain("review-invitation/order-1001");
    }

    [Fact]
    public void Who_is_unhappy_again_gets_a_person_again()
    {
        foreach (var isSeenTo in new[] { true, false })
        {
            var story = new Story().Tell(Place, Pay, Sent(), Ship, Deliver).Until(Rome(15, 12));
            AnswerCheckIn Say(CheckInAnswer answer, string? words = null) =>
                new(Id, Giulia, answer, words is null ? null : new Sealed(words), new(story.Now, story.Now));

            story.Tell(Say(CheckInAnswer.Unhappy));
            story.After(TimeSpan.FromMinutes(5)).Tell(Say(CheckInAnswer.Unhappy, "the handle is off"));   // of the same trouble
            var first = Tasks(story).ShouldHaveSingleItem().Key;
            story.After(TimeSpan.FromHours(1)).Tell(
                isSeenTo ? new StaffTaskDone(first, StaffTaskKind.CustomerUnhappy, Giulia, StaffTaskOutcome.Solved, story.Now) : Say(CheckInAnswer.Happy));
            story.After(TimeSpan.FromHours(1)).Tell(Say(CheckInAnswer.Unhappy, "and so is the new one"));

            var again = Tasks(story).Last();   // a task that was done or withdrawn never comes back
            (again.Key == first, again.Kind, again.At).ShouldBe((false, StaffTaskKind.CustomerUnhappy, story.Now));
            Tasks(story).Count().ShouldBe(2);
            story.Asked.OfType<PauseMarketing>().Count().ShouldBe(2);
            story.Tell(new StaffTaskDone(again.Key, StaffTaskKind.CustomerUnhappy, Giulia, StaffTaskOutcome.Solved, story.Now))
                .Asked.OfType<ResumeMarketing>().Count().ShouldBe(2);
        }
    }

    [Fact]
    public void An_order_that_is_promised_for_never_is_thanked_for_and_never_late()
    {
        var story = new Story().Tell(Place with { PromisedOn = DateOnly.MaxValue }, Pay, Ship with { PromisedOn = DateOnly.MaxValue });
        story.After(TimeSpan.FromDays(100)).Told.ShouldBe(["thank-you/order-1001", "shipped/order-1001/ZA17", "check-in/order-1001"]);
    }

    [Fact]
    public void A_parcel_of_which_no_day_is_said_is_promised_for_the_order_s()
    {
        var soon = Ship with { Parcel = "p-1", TrackingNumber = "1", PromisedOn = new DateOnly(2026, 1, 15) };
        var story = new Story().Tell(Place, Pay, Sent(), soon, Ship with { Parcel = "p-2", TrackingNumber = "2" }, Deliver with { Parcel = "p-1" });
        story.Until(EndOfThe20th.AddTicks(-1)).Told.ShouldNotContain("delayed/order-1001");
        story.Until(EndOfThe20th).Told.ShouldContain("delayed/order-1001");
    }

    [Fact]
    public void A_thank_you_that_was_given_up_makes_the_task_that_Messaging_raised_more_pressing()
    {
        object[] given = [new MessageSuppressed(ThankYou.Key, MessageKind.ThankYou, Giulia, "undeliverable", Spec.Noon), Failed("undeliverable")];
        foreach (var told in new object[][] { given, [.. given.Reverse()] })
        {
            foreach (var minutes in new[] { 1, 60 })   // before anybody misses it, and after
                Open(new Story().Tell(Place, Pay).After(TimeSpan.FromMinutes(minutes)).Tell(told).After(TimeSpan.FromHours(1)))
                    .ShouldBe(["undeliverable/thank-you/order-1001"]);
        }

        Open(new Story().Tell(Place, Pay, Failed("call")).After(TimeSpan.FromHours(1))).ShouldBe(["call/thank-you/order-1001"]);
        Open(new Story().Tell(Place, Pay, Failed("bounced")).After(TimeSpan.FromHours(1))).ShouldBe(["undeliverable/thank-you/order-1001"]);

        static MessageFailed Failed(string reason) => new(ThankYou.Key, MessageKind.ThankYou, Giulia, reason, Spec.Noon);
    }

    [Fact]
    public void A_payment_that_fails_around_midnight_in_Greenwich_fails_on_one_day_of_the_shop_s() =>
        new Story().Tell(Place, FailPayment with { Reported = At((12 * 60) - 5) }, FailPayment with { Reported = At((12 * 60) + 5) })
            .Told.ShouldBe(["payment-failed/order-1001/2026-01-13"]);

    [Fact]
    public void A_payment_told_after_its_order_was_thrown_away_is_thanked_for()
    {
        var story = new Story().Tell(Place, FailPayment, Remove, Pay);
        story.Told.ShouldContain("thank-you/order-1001");
        story.Asked.OfType<WithdrawMessages>().SelectMany(message => message.Kinds!).ShouldBe([MessageKind.PaymentFailed]);   // not what is still to come
    }

    [Fact]
    public void Money_of_another_currency_given_back_does_not_open_an_order_again()
    {
        var story = new Story().Tell(Place, Pay, Sent(), Ship, Refund with { Amount = Place.Total });
        var told = story.Told.ToArray();
        story.Tell(Refund with { Refund = "r-2", Amount = new(3, "USD") }).Told.ShouldBe([.. told, "order-refunded/order-1001/r-2"]);
        story.Order!.Status.ShouldBe(OrderStatus.Refunded);
    }

    [Fact]
    public void A_question_that_waits_is_taken_back_when_money_is_given_back_or_the_parcel_is_lost()
    {
        foreach (var fact in new IOrderFact[] { Refund, new ReportParcel(Id, null, ParcelFate.Lost, At(0)) })
        {
            var story = new Story().Tell(Place with { PromisedOn = null }, Pay, Sent(), Ship).Until(Rome(26, 10));
            story.Told.ShouldContain("check-in/order-1001");
            story.Tell(fact).Asked.OfType<WithdrawMessages>().Last().Kinds!.ShouldContain(MessageKind.CheckIn);
        }
    }

    [Fact]
    public void What_went_back_and_arrived_after_all_is_delivered()
    {
        var back = new ReportParcel(Id, "ZA17", ParcelFate.Returned, At(-6));
        foreach (var told in new IOrderFact[][] { [Ship, back, Deliver with { Reported = At(-5) }], [Ship, back, Deliver with { Parcel = "ZA17", Reported = At(-5) }] })
            new Story().Tell(Place, Pay).Tell(told).Order!.Status.ShouldBe(OrderStatus.Delivered);
        new Story().Tell(Place, Pay, Ship, back, Deliver with { Reported = At(-7) }).Order!.Status.ShouldBe(OrderStatus.Returned);
    }

    [Fact]
    public void An_order_whose_payment_turns_out_to_be_history_is_not_late_whichever_was_told_first() =>
        new Story().Tell(Place, Ship, Pay.AsHistory()).After(TimeSpan.FromDays(30)).Told.ShouldNotContain("delayed/order-1001");

    [Fact]
    public void A_cancellation_silences_every_timer_and_withdraws_what_waits_and_is_told_once()
    {
        foreach (var before in new IOrderFact[][] { [Place], [Place, Pay], [Place, Pay, Ship], [Place, Pay, Ship, Deliver] })
        {
            var story = new Story().Tell(before).Tell(Cancel, Cancel);
            var told = story.Told.ToArray();
            story.After(TimeSpan.FromDays(90)).Told.ShouldBe(told);
            told.ShouldContain("order-cancelled/order-1001");
            Tasks(story).ShouldBeEmpty();
            var withdrawn = story.Asked.OfType<WithdrawMessages>().Last();
            (withdrawn.Subject, withdrawn.Reason).ShouldBe(("order/1001", "cancelled"));
            withdrawn.Kinds!.ShouldNotContain(MessageKind.OrderCancelled);
        }
    }

    [Fact]
    public void A_part_paid_back_is_told_and_the_rest_is_still_followed_all_of_it_paid_back_ends_it()
    {
        var part = new Story().Tell(Place, Pay, Sent(), Ship, Refund).After(TimeSpan.FromDays(20));
        part.Told.ShouldContain("order-refunded/order-1001/r-1");
        part.Told.ShouldContain("delayed/order-1001");
        var whole = new Story().Tell(Place, Pay, Sent(), Ship, Refund, Refund with { Refund = "r-2", Amount = new(44.85m, "EUR") }).After(TimeSpan.FromDays(40));
        whole.Told.ShouldContain("order-refunded/order-1001/r-2");
        whole.Told.ShouldNotContain("delayed/order-1001");
        new Story().Tell(Place, Pay, Refund with { Amount = null }).Told.ShouldBe(["thank-you/order-1001"]);   // how much, is not known yet
    }

    [Fact]
    public void A_lost_or_returned_parcel_is_told_and_a_person_sees_to_it_until_it_is_found()
    {
        var lost = new ReportParcel(Id, "ZA17", ParcelFate.Lost, At(-3));
        var story = new Story().Tell(Place, Pay, Ship, lost);
        story.Told.ShouldContain("parcel-lost/order-1001/ZA17");
        Open(story).ShouldBe(["parcel-lost/ZA17/order-1001"]);
        story.Tell(Deliver with { Reported = At(-1) });
        Open(story).ShouldBeEmpty();
        story.Told.ShouldContain("delivered/order-1001");
        Open(new Story().Tell(Place, Pay, Ship, lost with { Fate = ParcelFate.Returned })).ShouldBe(["parcel-returned/ZA17/order-1001"]);
    }

    [Fact]
    public void A_parcel_that_is_lost_under_its_number_and_under_its_id_is_one_task()
    {
        var (byId, byNumber) = (new ReportParcel(Id, "p-1", ParcelFate.Lost, At(-3)), new ReportParcel(Id, "ZA17", ParcelFate.Lost, At(-4)));
        var sent = Ship with { Parcel = "p-1" };
        foreach (var told in new IOrderFact[][] { [sent, byNumber, byId], [byId, sent, byNumber], [byNumber, byId, sent] })
            Open(new Story().Tell(Place, Pay).Tell(told)).Count().ShouldBe(1);
        Open(new Story().Tell(Place, Pay, sent, byId, byId with { Parcel = "p-2" })).Count().ShouldBe(2);
    }

    [Fact]
    public void A_parcel_that_came_back_and_arrived_after_all_is_nobody_s_task()
    {
        var story = new Story().Tell(Place, Pay, Ship, new ReportParcel(Id, "ZA17", ParcelFate.Returned, At(-3)));
        Open(story).ShouldBe(["parcel-returned/ZA17/order-1001"]);
        Open(story.Tell(Deliver with { Reported = At(-2) })).ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_stale_is_told_of_a_parcel_and_yesterday_s_delivery_van_is_not_today_s()
    {
        new Story().Tell(Place, Pay, Deliver, Ship, Bring).Told.ShouldBe(["thank-you/order-1001", "delivered/order-1001"]);
        var yesterday = Bring with { Reported = new(Spec.Noon.AddDays(-1), Spec.Noon) };
        new Story().Tell(Place, Pay, yesterday).Told.ShouldBe(["thank-you/order-1001"]);
        new Story().Tell(Place, Pay, Ship with { TrackingNumber = "1" }, Ship with { TrackingNumber = "2" }, Deliver with { Parcel = "1" }, Deliver with { Parcel = "2" })
            .Asked.OfType<SendMessage>().Where(message => message.Kind == MessageKind.Delivered)
            .Select(message => ((ParcelNews)message.Data).OthersFollow).ShouldBe([true, false]);
    }

    [Fact]
    public void News_of_a_parcel_that_is_told_before_the_parcel_and_under_another_name_is_told_once()
    {
        var (named, earlier) = (Ship with { Parcel = "p-1" }, Ship with { Parcel = "p-0", TrackingNumber = "ZA16", Reported = At(-8) });
        foreach (var first in new IOrderFact[]
                 { Bring, Bring with { Parcel = null }, Bring with { Parcel = null, Fate = ParcelFate.Lost }, Deliver with { Parcel = "ZA17" } })
        {
            var story = new Story().Tell(Place, Pay, Sent(), first);
            var told = story.Asked.OfType<SendMessage>().ToArray();
            told.Length.ShouldBe(2);
            story.Tell(named, earlier).Asked.OfType<SendMessage>().Where(message => message.Kind != MessageKind.Shipped).ShouldBe(told, first.ToString());
        }
    }

    [Fact]
    public void A_failed_payment_is_told_once_a_day_and_not_at_all_once_it_was_paid()
    {
        var again = FailPayment with { Reported = At(-8) };
        new Story().Tell(Place, FailPayment, again).Told.ShouldBe(["payment-failed/order-1001/2026-01-12"]);
        new Story().Tell(Place, Pay, FailPayment).Told.ShouldBe(["thank-you/order-1001"]);
        new Story().Tell(Place, FailPayment, Pay).Asked.OfType<WithdrawMessages>().ShouldHaveSingleItem().Kinds.ShouldBe([MessageKind.PaymentFailed]);
    }

    [Fact]
    public void A_story_told_long_after_its_end_makes_state_and_neither_late_notices_nor_questions()
    {
        static Reported Long(int hours) => new(Spec.Noon.AddDays(-100).AddHours(hours), Spec.Noon, EvenIfStale: true);
        var story = new Story().Tell(
            Place with { Reported = Long(0), PromisedOn = new DateOnly(2025, 10, 20) }, Pay with { Reported = Long(1) }, Ship with { Reported = Long(2) });
        story.After(TimeSpan.FromDays(60)).Told.ShouldBe(["thank-you/order-1001", "shipped/order-1001/ZA17"]);
    }

    [Fact]
    public void Staff_s_outcome_is_part_of_the_order_and_tasks_of_others_are_not_ours()
    {
        var done = new StaffTaskDone(LateTask, StaffTaskKind.OrderLate, Giulia, StaffTaskOutcome.Solved, Spec.Noon);
        Recording(Placed).When(done).Then(new OrderSeenTo(StaffTaskKind.OrderLate, StaffTaskOutcome.Solved, Spec.Noon)).When(done).ThenNothing();
        Orders.Following.StaffTasks.OrderOf(done with { Key = new("parcel-lost/p/1/order-A/17") })!.Value.Value.ShouldBe("A/17");
        Orders.Following.StaffTasks.OrderOf(done with { Key = new("no-address/thank-you/order-1001"), Kind = StaffTaskKind.NoAddress }).ShouldBeNull();
        Orders.Following.StaffTasks.OrderOf(done with { Key = new("order-late") }).ShouldBeNull();
    }

    [Fact]
    public void Late_or_superseded_timers_do_nothing()
    {
        Everything(Placed, Paid, Delivered).When(new PromiseEnded(Id, new DateOnly(2026, 1, 20)), EndOfThe20th).ThenNothing();
        Everything(Placed, Paid).When(new PromiseEnded(Id, new DateOnly(2026, 1, 19)), EndOfThe20th).ThenNothing();
        Everything().When(new PromiseEnded(Id, new DateOnly(2026, 1, 19)), EndOfThe20th).ThenNothing();
        Everything(Placed, Paid, new OrderBecameLate(new(2026, 1, 20), EndOfThe20th), Delivered).When(new LatePatienceEnded(Id, EndOfThe20th)).ThenNothing();
        Everything(Placed, Paid, new OrderBecameLate(new(2026, 1, 20), EndOfThe20th)).When(new LatePatienceEnded(Id, Spec.Noon)).ThenNothing();
        Everything(Placed, Paid, Shipped, Delivered).When(new CheckInDue(Id, Shipped.Reported.OccurredAt)).ThenNothing();
        Everything(Placed, Paid, Shipped, Delivered, new CheckInAsked(Spec.Noon)).When(new CheckInDue(Id, Delivered.Reported.OccurredAt)).ThenNothing();
        Everything(Placed, Paid).When(new ReviewInvitationDue(Id, Spec.Noon)).ThenNothing();
    }

    private static MessageSent Sent() => new(ThankYou.Key, MessageKind.ThankYou, Giulia, Spec.Noon);

    private static IEnumerable<RaiseStaffTask> Tasks(Story story) => story.Asked.OfType<RaiseStaffTask>();

    private static IEnumerable<StaffTaskKey> Withdrawn(Story story) => story.Asked.OfType<WithdrawStaffTask>().Select(task => task.Key);

    private static IEnumerable<string> Open(Story story) => Tasks(story).Select(task => task.Key.Value).Except(Withdrawn(story).Select(key => key.Value));
}
