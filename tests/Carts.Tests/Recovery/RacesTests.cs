using Engagement.Carts.Reading;
using Engagement.Carts.Recovery;
using Engagement.Carts.Settings;
using Engagement.Carts.Shoppers;
using Engagement.Carts.Shopping;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Carts.Tests.Telling;

namespace Engagement.Carts.Tests.Recovery;

/// <summary>A cart that is left, what is done about it, and what ends that.</summary>
public class RacesTests
{
    private const int Hour = 60;
    private const int Day = 24 * 60;

    private static (object, int)[] Left => [(Change(0, Cup, Cushion), 0), (Quiet, Hour)];

    private static (object, int)[] Reminded => [.. Left, (Due(1), Hour), (Sent(1, Hour + 1), Hour + 1)];

    [Fact]
    public void What_is_put_in_is_watched_once_however_much_happens() =>
        Given().When(Change(0, Cup), 0)
            .Then(new CartChanged([Cup], null, Known, Reported(0)), new CartSeen(Giulia, Abc, At(0)), new CartQuiet(Abc, At(0)).ScheduledAt(At(Hour)))
            .When(Add(10, Cushion), 10).Then(new ItemAdded(Cushion, null, Reported(10)))
            .When(Reach(20, "contact"), 20).Then(new CheckoutStepReached("contact", null, Reported(20)));

    [Fact]
    public void A_timer_that_was_too_early_is_set_anew_and_a_cart_that_is_quiet_for_an_hour_is_left() =>
        Given((Change(0, Cup), 0), (Reach(20, "contact"), 20))
            .When(Quiet, Hour).Then(new CartQuiet(Abc, At(0)).ScheduledAt(At(Hour + 20)))
            .When(Quiet, Hour + 20).Then(
                new CartLeftBehind(1, At(20), Giulia, [Cup], new Money(29.90m, "EUR"), "contact", Usual.Plan(), false, new DateOnly(2026, 1, 12), At(Hour + 20)),
                new CartAbandoned(Abc, Giulia, At(Hour + 20)), new ReminderDue(Abc, 1, 1).ScheduledAt(At(20 + Hour)))
            .When(Quiet, Hour + 20).ThenNothing();

    [Fact]
    public void A_cart_that_is_emptied_and_filled_again_has_one_timer_that_counts()
    {
        var spec = Given((Change(0, Cup), 0), (Change(5), 5), (Change(10, Cup), 10));
        spec.When(new CartQuiet(Abc, At(0)), Hour).ThenNothing();
        spec.When(new CartQuiet(Abc, At(10)), Hour).Then(new CartQuiet(Abc, At(10)).ScheduledAt(At(70)));
        spec.When(new CartQuiet(Abc, At(10)), 70).Of<CartLeftBehind>().ShouldHaveSingleItem();
    }

    [Fact]
    public void What_was_told_late_waits_for_the_rest_of_the_story() =>
        Given().When(Change(-300, Cup) with { Reported = new Reported(At(-300), At(0)) }, 0).Of<DeliveryMessage<CartQuiet>>()
            .ShouldHaveSingleItem().ShouldBe(new CartQuiet(Abc, At(-300)).ScheduledAt(At(1)), new AsWritten());

    [Fact]
    public void The_steps_remind_then_ask_whether_we_can_help_and_say_good_bye_asking_why()
    {
        var spec = Given(Left);
        var steps = Enumerable.Range(1, 3).Select(step =>
        {
            spec = spec.When(Due(step), new[] { Hour, Day, 3 * Day }[step - 1]);
            return spec.Of<SendMessage>().ShouldHaveSingleItem();
        }).ToArray();

        steps.Select(step => (step.Key.Value, step.Kind, step.Occasion)).ShouldBe(
        [
            ("cart-reminder/1.1/abc", MessageKind.CartReminder, new Occasion("cart/abc", At(Hour))),
            ("cart-question/1.2/abc", MessageKind.CartQuestion, new Occasion("cart/abc", At(Day))),
            ("cart-farewell/1.3/abc", MessageKind.CartFarewell, new Occasion("cart/abc", At(3 * Day))),
        ]);
        steps.Select(step => (CartLeft)step.Data).ShouldAllBe(data => data.Lines.SequenceEqual(new[] { Cup, Cushion }) && data.Incentive == null);
        Links.Open(((CartLeft)steps[0].Data).ResumeUrl!.Segments[^1]).ShouldBe(new PageLink(PagePurposes.Cart, ServiceHost.Tenant, "c-1\nabc", At(Hour).AddDays(30)));
        ((CartLeft)steps[1].Data).WhyUrl.ShouldBeNull();
        var why = Links.Open(((CartLeft)steps[2].Data).WhyUrl!.Segments[^1])!;
        (why.Purpose, CartQuestionSubject.Parse(why.Subject)).ShouldBe((PagePurposes.CartQuestion, new CartQuestionSubject(Abc, 1, Giulia)));
    }

    [Theory]
    [InlineData(new int[0], new MessageKind[0])]
    [InlineData(new[] { 2 }, new[] { MessageKind.CartQuestion })]
    [InlineData(new[] { 2, 10 }, new[] { MessageKind.CartReminder, MessageKind.CartFarewell })]
    public void A_shop_has_as_many_steps_as_it_wants_and_the_last_asks_why(int[] hours, MessageKind[] kinds)
    {
        var settings = Usual with { Steps = [.. hours.Select(hour => $"{hour}:00:00")], Incentives = [new StepIncentive(2, "TORNA5", Percent: 5)] };
        var spec = new Spec<Cart>(Cart.StreamKey(Abc), By(settings)).When(Change(0, Cup), At(0)).When(Quiet, At(Hour));
        spec.Of<CartAbandoned>().Length.ShouldBe(1);

        var sent = hours.SelectMany((hour, i) => (spec = spec.When(Due(i + 1), At(hour * Hour))).Of<SendMessage>()).ToArray();

        sent.Select(message => message.Kind).ShouldBe(kinds);
        sent.Select(message => ((CartLeft)message.Data).WhyUrl is not null).ShouldBe(kinds.Select((_, i) => i == kinds.Length - 1));
        sent.Select(message => ((CartLeft)message.Data).Incentive).ShouldBe(kinds.Select((_, i) => i == 1 ? new Incentive("TORNA5", null, 5) : null));
    }

    [Fact]
    public void Nobody_to_write_to_is_counted_and_not_written_to_and_history_isn_t_told_either()
    {
        Given((Change(0, Cup) with { Visit = null }, 0)).When(Quiet, Hour).Outcomes!.Select(outcome => outcome.GetType().Name)
            .ShouldBe([nameof(CartLeftBehind), nameof(CartAbandoned)]);
        Given((Change(0, Cup) with { Reported = Reported(0) with { Backfill = true } }, 0)).When(Quiet, Hour).Outcomes!
            .Select(outcome => outcome.GetType().Name).ShouldBe([nameof(CartLeftBehind)]);
    }

    [Fact]
    public void A_guest_who_leaves_an_address_later_is_cared_for_from_then_on() =>
        Given((Change(0, Cup) with { Visit = null }, 0), (Quiet, Hour))
            .When(Reach(90, "contact") with { Visit = new CartVisit(Giulia) }, 90)
            .Then(new CheckoutStepReached("contact", new CartVisit(Giulia), Reported(90)), new CartSeen(Giulia, Abc, At(90)), new CartQuiet(Abc, At(90)).ScheduledAt(At(150)))
            .When(Quiet, 150).Of<DeliveryMessage<ReminderDue>>().ShouldHaveSingleItem();

    [Fact]
    public void A_guest_whose_address_is_told_after_the_cart_was_left_is_cared_for_as_if_it_had_been_told_in_time()
    {
        var told = Reach(-5, "contact") with { Visit = new CartVisit(Giulia), Reported = new Reported(At(-5), At(90)) };
        var spec = Given((Change(0, Cup) with { Visit = null }, 0), (Quiet, Hour)).When(told, 90);
        spec.Then(
            new CheckoutStepReached("contact", new CartVisit(Giulia), told.Reported), new CartSeen(Giulia, Abc, At(0)), Quiet.ScheduledAt(At(91)));   // what else is told late comes first
        spec.When(Quiet, 91).Then(new CarePlanned(1, Giulia, Usual.Plan()), new ReminderDue(Abc, 1, 1).ScheduledAt(At(Hour)))
            .When(Due(1), 91).Of<SendMessage>().ShouldHaveSingleItem().CustomerId.ShouldBe(Giulia);
        spec.When(Quiet, 91).When(Quiet, 92).ThenNothing();
        // After the second step's time only that one is sent, and nothing of history.
        spec.When(Quiet, Day + 5).When(Due(1), Day + 5).Then(new ReminderDue(Abc, 1, 2).ScheduledAt(At(Day)));
        Given((Change(0, Cup) with { Visit = null, Reported = Reported(0) with { Backfill = true } }, 0), (Quiet, Hour)).When(told, 90).When(Quiet, 90).ThenNothing();
    }

    [Fact]
    public void Whoever_is_found_to_be_at_a_cart_hears_of_it_as_long_as_something_is_in_it()
    {
        CustomerId other = new("c-2");
        var told = Reach(0, "contact") with { Visit = new CartVisit(other), Reported = new Reported(At(0), At(90)) };
        (object, int)[] left = [(Change(-1, Cup) with { Visit = new CartVisit(Giulia) }, 0), (Add(5, Cup), 5), (Quiet, 65)];
        Given(left).When(told, 90).Of<CartSeen>().ShouldBe([new CartSeen(other, Abc, At(5))]);
        Given([.. left, (new NoteNewerCart(Abc, new("def"), At(80)), 80)]).When(told, 90).Of<CartSeen>().Length.ShouldBe(1);
        foreach (var end in new object[] { Complete(80), Change(80), new MergeAway(Abc, new("def"), At(80)) })
            Given([.. left, (end, 80)]).When(told, 90).Of<CartSeen>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ordered")]
    [InlineData("ordered something else")]
    [InlineData("ordered another cart")]
    [InlineData("completed")]
    [InlineData("emptied")]
    [InlineData("merged")]
    [InlineData("newer")]
    [InlineData("erased")]
    [InlineData("changed")]
    public void Whatever_ends_it_ends_it_at_once_and_the_next_timers_do_nothing(string what)
    {
        var (message, end) = what switch
        {
            "ordered" => ((object)Ordered(90, lines: [Cup, Cushion]), RecoveryEnd.Ordered),
            "ordered something else" => (Ordered(90, named: null, mayCount: false), RecoveryEnd.Ordered),
            "ordered another cart" => (Ordered(90, named: "def", mayCount: false), RecoveryEnd.Ordered),
            "completed" => (Complete(90), RecoveryEnd.Ordered),
            "emptied" => (Change(90), RecoveryEnd.Emptied),
            "merged" => (new MergeAway(Abc, new("def"), At(90)), RecoveryEnd.Merged),
            "newer" => (new NoteNewerCart(Abc, new("def"), At(90)), RecoveryEnd.NewerCart),
            "erased" => (new StopRecovery(Abc, RecoveryEnd.Erased, At(90)), RecoveryEnd.Erased),
            _ => (Add(90, Cushion), RecoveryEnd.Resumed),
        };

        var spec = Given(Reminded).When(message, 90);

        spec.Of<RecoveryEnded>().ShouldBe([new RecoveryEnded(1, end, At(90))]);
        spec.Of<WithdrawMessages>().ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            withdrawn => withdrawn.Subject.ShouldBe("cart/abc"), withdrawn => withdrawn.CustomerId.ShouldBe(Giulia), withdrawn => withdrawn.At.ShouldBe(At(Hour)));
        spec.When(Due(2), Day).ThenNothing().When(Due(1), Day).ThenNothing();
    }

    [Fact]
    public void An_order_of_another_cart_leaves_in_this_one_what_is_in_it()
    {
        var cart = Given(Reminded).When(Ordered(90, named: "def", mayCount: false), 90).State!;
        cart.State.ShouldBe(CartState.Replaced);
        cart.Contents.Current().ShouldBe([Cup, Cushion]);
    }

    [Theory]
    [InlineData(80, CartState.Replaced)]   // the newer one was ordered
    [InlineData(100, CartState.Bought)]    // a new one was begun after the order
    public void An_order_that_names_no_cart_is_of_the_newest_in_every_order_of_arrival(int newerAt, CartState expected)
    {
        (object, int)[] news = [(Ordered(90, named: null, mayCount: false), 110), (new NoteNewerCart(Abc, new("def"), At(newerAt)), 110), (new NoteNewerCart(Abc, new("ghi"), At(105)), 110)];
        foreach (var order in Permutations.Of(news)) Given([.. Reminded, .. order]).ThenState(expected);
    }

    [Fact]
    public void A_step_that_was_asked_for_is_not_asked_for_again_and_one_of_another_time_does_nothing() =>
        Given(Reminded).When(Due(1), Hour + 2).ThenNothing().When(Due(1, number: 2), Hour + 2).ThenNothing();

    [Fact]
    public void An_order_that_is_known_of_the_customer_stops_a_reminder_before_the_cart_has_heard_of_it() =>
        new Spec<Cart>(Cart.StreamKey(Abc), By(Usual, new Shopper(Giulia) { Orders = [new(Order, null, new(5, "EUR"), null, Reported(59))] }))
            .When(Change(0, Cup), At(0)).When(Quiet, At(Hour)).When(Due(1), At(Hour)).ThenNothing();

    [Fact]
    public void An_order_from_before_the_cart_stops_nothing() =>
        new Spec<Cart>(Cart.StreamKey(Abc), By(Usual, new Shopper(Giulia) { Orders = [new(Order, null, new(5, "EUR"), null, Reported(-1))] }))
            .When(Change(0, Cup), At(0)).When(Ordered(-1, named: null), At(2)).When(Quiet, At(Hour)).When(Due(1), At(Hour)).Of<SendMessage>().Length.ShouldBe(1);

    [Fact]
    public void After_a_long_silence_of_ours_nobody_gets_two_at_once()
    {
        var spec = Given(Left).When(Due(1), Day + 5);
        spec.Then(new ReminderDue(Abc, 1, 2).ScheduledAt(At(Day)));
        spec.When(Due(2), Day + 5).Of<SendMessage>().ShouldHaveSingleItem().Kind.ShouldBe(MessageKind.CartQuestion);
    }

    [Fact]
    public void A_cart_that_is_changed_inside_the_wait_is_left_anew_and_its_mail_has_what_is_in_it_then()
    {
        var spec = Given((Change(0, Cup), 0), (Add(30, Cushion), 30)).When(Quiet, Hour).When(Due(1), Hour);
        spec.ThenNothing();
        var asked = spec.When(Quiet, 90).When(Due(1), 90).Of<SendMessage>().ShouldHaveSingleItem();
        ((CartLeft)asked.Data).Lines.ShouldBe([Cup, Cushion]);
        asked.Occasion.OccurredAt.ShouldBe(At(90));
    }

    [Fact]
    public void Left_a_second_time_its_messages_are_others() =>
        Given([.. Reminded, (Add(90, Cushion), 90), (Quiet, 150)]).When(Due(1, number: 2), 150).Of<SendMessage>().ShouldHaveSingleItem().Key.Value.ShouldBe("cart-reminder/2.1/abc");

    [Fact]
    public void Left_again_with_nothing_new_in_it_only_what_was_not_said_is_said()
    {
        var spec = Given([.. Reminded, (Reach(90, "contact"), 90), (Quiet, 150)]);
        spec.Of<DeliveryMessage<ReminderDue>>().ShouldHaveSingleItem().ShouldBe(new ReminderDue(Abc, 2, 2).ScheduledAt(At(90 + Day)), new AsWritten());
        spec = spec.When(Due(2, number: 2), 90 + Day);
        spec.Of<SendMessage>().ShouldHaveSingleItem().Kind.ShouldBe(MessageKind.CartQuestion);
        spec.When(Due(3, number: 2), 90 + (3 * Day)).Of<SendMessage>().ShouldHaveSingleItem().Kind.ShouldBe(MessageKind.CartFarewell);
    }

    [Fact]
    public void A_care_that_goes_on_since_the_newer_cart_was_emptied_goes_on_where_it_was()
    {
        var spec = Given([.. Reminded, (Reach(90, "contact"), 90), (Quiet, 150), (new NoteNewerCart(Abc, new("def"), At(160)), 160)])
            .When(new NoteNewerCartsEmptied(Abc, At(160)), 180);
        spec.Of<CareResumed>().ShouldBe([new CareResumed(2)]);
        spec.Of<DeliveryMessage<ReminderDue>>().ShouldHaveSingleItem().ShouldBe(new ReminderDue(Abc, 2, 2).ScheduledAt(At(90 + Day)), new AsWritten());
    }

    [Fact]
    public void Of_a_cart_that_turns_out_to_be_somebody_else_s_nobody_is_written_to_and_its_first_customer_s_doings_are_no_concern_of_it()
    {
        CustomerId other = new("c-2");
        var told = Reach(0, "contact") with { Visit = new CartVisit(other), Reported = new Reported(At(0), At(90)) };
        var spec = Given((Change(-1, Cup) with { Visit = new CartVisit(Giulia) }, 0), (Add(5, Cup), 5), (Quiet, 65), (Due(1), 65)).When(told, 90);
        spec.Of<RecoveryEnded>().ShouldBe([new RecoveryEnded(1, RecoveryEnd.GoneOver, At(90))]);
        spec.Of<WithdrawMessages>().ShouldHaveSingleItem().CustomerId.ShouldBe(Giulia);
        var gone = spec.Of<CartGoneOver>().ShouldHaveSingleItem();
        gone.ShouldBe(new CartGoneOver(Giulia, Abc, other));
        spec.When(Due(2), Day + 5).ThenNothing();

        var giulia = new Shopper(Giulia) { Carts = [new(Abc, At(0)), new(new("def"), At(1))] };
        CartGoneOverHandler.Decide(giulia, gone).Item1.Carts.ShouldBe([new(new("def"), At(1))]);
        CartGoneOverHandler.Decide(giulia with { KnownAs = other }, gone).Item1.Carts.Count.ShouldBe(2);   // she logged in
        CartGoneOverHandler.Decide(giulia with { KnownAs = new("c-3") }, gone).Item2.ShouldBe([gone with { CustomerId = new("c-3") }]);
    }

    [Fact]
    public void What_was_sent_of_a_cart_after_it_was_merged_away_is_nobody_else_s()
    {
        CustomerId other = new("c-2");
        var spec = Given(
            (Change(0, Cup) with { Visit = new CartVisit(other) }, 0), (new MergeAway(Abc, new("def"), At(1), Giulia), 1),
            (Change(10, Cup) with { Visit = new CartVisit(other) }, 10), (Quiet, 70), (Due(1), 70)).When(Sent(1, 71), 71);
        spec.Of<ReminderSent>().Length.ShouldBe(1);
        spec.Of<MessageSent>().ShouldBeEmpty();
    }

    [Fact]
    public void A_cart_that_was_filled_again_as_of_the_time_of_its_emptying_is_not_passed_over_for_an_older_one()
    {
        var shopper = new Shopper(Giulia) { Carts = [new(new("old"), At(0)), new(Abc, At(120))] };
        CartEmptiedHandler.Decide(shopper, new CartEmptied(Giulia, Abc, At(120))).Item2.ShouldBeEmpty();
        CartEmptiedHandler.Decide(shopper, new CartEmptied(Giulia, Abc, At(121))).Item2.ShouldHaveSingleItem();
    }

    [Fact]
    public void What_Messaging_did_not_send_was_not_said_and_may_be_the_next_time() =>
        Given([.. Left, (Due(1), Hour), (new RecordReminderNotSent(Abc, 1, 1, "cap", At(61)), 61), (Reach(90, "contact"), 90), (Quiet, 150)])
            .When(Due(1, number: 2), 150).Of<SendMessage>().ShouldHaveSingleItem().Kind.ShouldBe(MessageKind.CartReminder);

    [Theory]
    [InlineData("good-bye")]
    [InlineData("answer")]
    public void We_write_no_more_of_a_cart_after_the_good_bye_or_an_answer_until_something_new_is_in_it_or_it_was_bought(string said)
    {
        var spec = said == "answer"
            ? Given([.. Reminded, (Because(CartReason.JustLooking, 80), 80)])
            : Given([.. Left, (Due(3), 3 * Day), (Sent(3, 3 * Day), 3 * Day)]);
        var again = spec.When(Reach(4 * Day, "contact"), 4 * Day).When(Quiet, (4 * Day) + Hour);
        again.Of<CartLeftBehind>().ShouldHaveSingleItem().Plan.ShouldBeEmpty();
        again.Of<DeliveryMessage<ReminderDue>>().ShouldBeEmpty();
        AbandonedCart.Of(Abc, again.State!.Abandonment!).State.ShouldBe(AbandonedCartState.Unwritten);
        foreach (var day in new[] { 5, 6, 7 })
        {
            again = again.When(Reach(day * Day, "contact"), day * Day).When(Quiet, (day * Day) + Hour);
            again.Of<CartLeftBehind>().ShouldHaveSingleItem().Plan.ShouldBeEmpty();
        }

        spec.When(Add(4 * Day, Cup), 4 * Day).When(Quiet, (4 * Day) + Hour).Of<DeliveryMessage<ReminderDue>>().ShouldHaveSingleItem();
        foreach (var named in new[] { "abc", null })
        {
            spec.When(Ordered(4 * Day, named: named), 4 * Day).When(Change(5 * Day, Cup), 5 * Day).When(Quiet, (5 * Day) + Hour)
                .Of<DeliveryMessage<ReminderDue>>().ShouldHaveSingleItem();
        }
    }

    [Fact]
    public void The_first_that_is_said_is_never_the_good_bye() =>
        Given(Left).When(Due(1), 4 * Day).When(Due(3), 4 * Day).Of<SendMessage>().ShouldHaveSingleItem().Kind.ShouldBe(MessageKind.CartQuestion);

    [Fact]
    public void A_shop_that_wants_no_messages_any_more_sends_none_of_those_that_were_planned()
    {
        var off = new Spec<Cart>(Cart.StreamKey(Abc), By(Usual with { Steps = [] }), Given(Reminded).State).When(Due(2), At(Day));
        off.Of<RecoveryEnded>().ShouldBe([new RecoveryEnded(1, RecoveryEnd.SwitchedOff, At(Day))]);
        off.Of<SendMessage>().ShouldBeEmpty();
        off.Of<DeliveryMessage<ReminderDue>>().ShouldBeEmpty();
    }

    [Fact]
    public void Of_a_cart_whose_contents_nobody_told_no_mail_is_written() =>
        Given((Reach(0, "contact") with { Visit = Known }, 0)).When(Quiet, Hour).Of<CartLeftBehind>().ShouldHaveSingleItem().Plan.ShouldBeEmpty();

    [Theory]
    [InlineData("cleared")]
    [InlineData("cleared one by one")]
    [InlineData("told again as it was")]
    [InlineData("told again by a shop that doesn't tell an order's lines")]
    public void A_cart_that_is_cleared_or_told_again_after_its_order_stays_bought(string how)
    {
        OrderLine[] sold = how.StartsWith("told again by", StringComparison.Ordinal) ? [] : [Cup, Cushion];
        object[] after = how switch
        {
            "cleared" => [Change(11)],
            "cleared one by one" => [Take(11, "TZ-1"), Take(12, "Cuscino")],
            _ => [Change(11, Cup, Cushion)],
        };
        foreach (var order in Permutations.Of([Change(0, Cup, Cushion), Ordered(10, lines: sold), .. after]))
        {
            var spec = Given([.. order.Select(message => (message, 12))]);
            spec.ThenState(CartState.Bought);
            spec.State!.Contents.Current().ShouldBeEmpty();
            spec.When(Quiet, 12 + Hour).ThenNothing();
        }
    }

    [Fact]
    public void What_is_told_of_a_cart_after_an_order_that_names_none_leaves_it_bought() =>
        Given((Change(0, Cup, Cushion), 0), (Ordered(10, named: null, lines: [Cup, Cushion]), 10), (Take(11, "TZ-1"), 11)).ThenState(CartState.Bought);

    [Fact]
    public void A_cart_told_again_after_an_order_of_which_neither_cart_nor_lines_are_known_is_bought_and_one_begun_after_it_is_not()
    {
        foreach (var news in Permutations.Of<(object, int)>((Ordered(10, named: null), 12), (Change(11, Cup), 12)))
            Given([(Change(0, Cup), 0), .. news]).ThenState(CartState.Bought);
        Given((Ordered(10, named: null), 10)).When(Change(11, Cup), 11).ThenState(CartState.Open);
    }

    [Fact]
    public void What_was_not_in_the_order_is_left_even_a_moment_after_it()
    {
        var spec = Given((Change(0, Cup, Cushion), 0), (Ordered(10, lines: [Cup]), 10)).When(Change(11, Cushion), 11);
        spec.ThenState(CartState.Open);
        spec.State!.Contents.Current().ShouldBe([Cushion]);
    }

    [Fact]
    public void The_next_purchase_in_the_same_cart_begins_before_the_checkout()
    {
        var cart = Given((Change(0, Cup), 0), (Reach(2, "payment", "email", "address"), 2), (Ordered(10), 10), (Reach(12, "payment"), 12), (Add(100, Cup), 100)).State!;
        (cart.State, cart.Step, cart.Given.Count, cart.Steps.Count).ShouldBe((CartState.Open, null, 0, 0));
    }

    [Fact]
    public void What_ends_a_care_withdraws_what_it_asked_for_and_nothing_of_the_next_even_where_it_was_told_late()
    {
        // The customer came back at 70, and the shop says so at 200 only: the next care's first step is due at 130.
        var spec = Given(Reminded).When(Add(70, Cushion) with { Reported = new Reported(At(70), At(200)) }, 200);
        var withdrawn = spec.Of<WithdrawMessages>().ShouldHaveSingleItem();
        var next = spec.When(Quiet, 201).When(Due(1, number: 2), 201).Of<SendMessage>().ShouldHaveSingleItem();
        withdrawn.At.ShouldBe(At(Hour));
        next.Occasion.OccurredAt.ShouldBeGreaterThan(withdrawn.At);
    }

    [Fact]
    public void A_customer_who_refused_before_the_cart_counted_as_left_is_not_said_to_be_cared_for()
    {
        var spec = new Spec<Cart>(Cart.StreamKey(Abc), By(Usual, new Shopper(Giulia) { StoppedAt = At(30) }))
            .When(Change(0, Cup), At(0)).When(new StopRecovery(Abc, RecoveryEnd.Refused, At(30)), At(30)).When(Quiet, At(Hour)).When(Due(1), At(Hour));
        spec.Then(new RecoveryEnded(1, RecoveryEnd.Refused, At(Hour)));
        AbandonedCart.Of(Abc, spec.State!.Abandonment!).State.ShouldBe(AbandonedCartState.Ended);
    }

    [Fact]
    public void What_was_bought_is_not_in_the_next_mail_though_an_order_without_the_cart_was_told_first() =>
        Given((Change(0, Cup), 0), (Ordered(11, named: null), 11), (Complete(10), 12), (Complete(10), 12), (Add(30, Cushion), 30), (Quiet, 90))
            .When(Due(1), 90).Of<SendMessage>().Select(asked => ((CartLeft)asked.Data).Lines).ShouldHaveSingleItem().ShouldBe([Cushion]);

    [Fact]
    public void An_order_heard_of_first_reaches_a_cart_whose_last_steps_were_told_a_little_after_it()
    {
        var shopper = new Shopper(Giulia) { Orders = [new(Order, null, new(5, "EUR"), null, Reported(10))] };
        var (_, messages) = CartSeenHandler.Decide(shopper, new CartSeen(Giulia, Abc, At(12)));
        var note = messages.ShouldHaveSingleItem().ShouldBeOfType<NoteOrder>();
        Given((Reach(12, "payment"), 12), (note, 13)).When(Change(0, Cup), 14).ThenState(CartState.Bought);
        Given((Add(12, Cup), 12)).When(note, 13).ThenState(CartState.Open);   // the cart itself decides
        CartSeenHandler.Decide(shopper, new CartSeen(Giulia, Abc, At(21))).Item2.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(60, null)]          // before the reminder was sent, however late it was told
    [InlineData(61, 1)]
    [InlineData(61 + (5 * Day), 1)]
    [InlineData(62 + (5 * Day), null)]
    public void An_order_counts_by_when_it_occurred_and_only_after_what_was_sent(int minutes, int? step) =>
        Given(Reminded).When(Ordered(minutes), 10 * Day).Of<CartWonBack>().Select(won => (int?)won.Step).FirstOrDefault().ShouldBe(step);

    [Fact]
    public void An_order_counts_for_the_last_step_before_it_at_its_own_value()
    {
        var spec = Given([.. Reminded, (Due(2), Day), (Sent(2, Day + 9), Day + 9)]).When(Ordered(Day + 5, 12.50m, lines: [Cup with { Quantity = 1 }]), Day + 30);

        spec.Of<CartWonBack>().ShouldBe([new CartWonBack(1, 1, Order, new Money(12.50m, "EUR"), true, At(Day + 5))]);
        spec.Of<CartRecovered>().ShouldBe([new CartRecovered(Abc, Giulia, Order, At(Day + 5))]);
        spec.When(Ordered(Day + 5, 12.50m), Day + 31).ThenNothing();
    }

    [Theory]
    [InlineData(false, "Tazza", 2, "Cuscino", 1)]
    [InlineData(true, "Tazza", 2)]
    [InlineData(true, "Tazza", 1, "Cuscino", 1)]
    [InlineData(true, "Sapone", 9)]
    public void An_order_is_partial_where_not_all_that_was_left_is_in_it(bool isPartial, params object[] bought)
    {
        OrderLine[] lines = [.. bought.Chunk(2).Select(line => (line[0].Equals("Tazza") ? Cup : Cushion with { Title = (string)line[0] }) with { Quantity = (int)line[1] })];
        Given(Reminded).When(Ordered(100, lines: lines), 100).Of<CartWonBack>().ShouldHaveSingleItem().IsPartial.ShouldBe(isPartial);
    }

    [Fact]
    public void An_order_that_does_not_tell_what_its_items_are_called_in_the_cart_is_compared_by_their_titles() =>
        Given(Reminded).When(Ordered(100, lines: [Cup with { Sku = null }, Cushion]), 100).Of<CartWonBack>().ShouldHaveSingleItem().IsPartial.ShouldBeFalse();

    [Fact]
    public void A_mail_shows_what_is_in_the_cart_as_it_is_known_now() =>
        ((CartLeft)Given((Change(0, Cup, Cushion), 0), (Add(20, Cup), 20), (Quiet, 80), (Take(10, "Cuscino"), 90)).When(Due(1), 140).Of<SendMessage>().Single().Data)
            .Lines.Select(line => line.Title).ShouldBe(["Tazza"]);

    [Fact]
    public void An_order_that_another_cart_has_a_better_claim_to_ends_the_care_and_counts_for_nothing() =>
        Given(Reminded).When(Ordered(100, mayCount: false), 100).Of<CartEvent>().Select(e => e.GetType()).ShouldBe([typeof(CustomerOrdered), typeof(RecoveryEnded)]);

    [Fact]
    public void Where_the_order_is_heard_of_before_the_sending_it_counts_all_the_same() =>
        Given([.. Left, (Due(1), Hour)]).When(Ordered(62), 62).When(Sent(1, 61), 63)
            .Then(
                new ReminderSent(1, 1, At(61)), new CartWonBack(1, 1, Order, new Money(59.80m, "EUR"), false, At(62)),
                new CartRecovered(Abc, Giulia, Order, At(62)));

    [Fact]
    public void In_every_order_of_reminder_and_order_the_same_comes_of_it()
    {
        // The reminder leaves at 61, the customer orders at 65; whichever is heard of first.
        (object, int)[] news = [(Sent(1, 61), 70), (Ordered(65, lines: [Cup, Cushion]), 70), (Due(2), Day)];
        var ends = Permutations.Of(news).Select(order => Given([.. Left, (Due(1), Hour), .. order]).State!).Select(cart => Spec.Written(
            [cart.State, cart.Abandonment!.WonBack!, cart.Abandonment.Ended!, cart.Abandonment.Reminders[0]])).Distinct().ToArray();
        // Where the second step was due before anybody knew of the order, it was asked for, and then withdrawn.
        ends.ShouldHaveSingleItem().ShouldContain("\"Step\":1");
    }

    [Fact]
    public void Whoever_says_why_is_asked_nothing_more_and_a_problem_becomes_a_task()
    {
        Given(Reminded).When(Because(CartReason.Price, 90), 90)
            .Then(
                new ReasonGiven(1, CartReason.Price, null, At(90)), new RecoveryEnded(1, RecoveryEnd.Answered, At(90)),
                new WithdrawMessages(Giulia, "cart/abc", "answered", At(Hour)))
            .When(Because(CartReason.Price, 91), 91).ThenNothing();
        Given(Reminded).When(Because(CartReason.Problem, 90), 90).Of<RaiseStaffTask>().ShouldBe(
            [new RaiseStaffTask(new("cart-problem/1/abc"), StaffTaskKind.CartProblem, Urgency.Normal, Giulia, "cart/abc", At(90).AddHours(48), At(90))]);
        Given(Reminded).When(Because(CartReason.Price, 90) with { CustomerId = new("c-2") }, 90).ThenNothing();
        Given(Reminded).When(Because(CartReason.Price, 90) with { Number = 2 }, 90).ThenNothing();
        Given([.. Reminded, (new StopRecovery(Abc, RecoveryEnd.Erased, At(80)), 80)]).When(Because(CartReason.Price, 90), 90).ThenNothing();
        Given([.. Left, (Due(3), 3 * Day), (Sent(3, 3 * Day), 3 * Day), (new StopRecovery(Abc, RecoveryEnd.Erased, At(4 * Day)), 4 * Day)])
            .When(Because(CartReason.Problem, 5 * Day), 5 * Day).ThenNothing()
            .When(new StopRecovery(Abc, RecoveryEnd.Erased, At(4 * Day)), 5 * Day).ThenNothing();
    }

    [Fact]
    public void After_the_last_step_the_flow_is_over_and_its_answer_is_still_welcome()
    {
        var spec = Given([.. Reminded, (Due(2), Day), (Sent(2, Day), Day), (Due(3), 3 * Day)]).When(Sent(3, 3 * Day), 3 * Day);
        spec.Then(
            new ReminderSent(1, 3, At(3 * Day)), new RecoveryEnded(1, RecoveryEnd.Finished, At(3 * Day)),
            new WithdrawMessages(Giulia, "cart/abc", "finished", At(3 * Day)));
        spec.When(Because(CartReason.JustLooking, 4 * Day), 4 * Day).Then(new ReasonGiven(1, CartReason.JustLooking, null, At(4 * Day)));
    }

    [Fact]
    public void What_Messaging_did_not_send_is_noted_and_nothing_counts_for_it() =>
        Given([.. Left, (Due(1), Hour)]).When(new RecordReminderNotSent(Abc, 1, 1, "no-permission", At(61)), 61)
            .Then(new ReminderNotSent(1, 1, "no-permission", At(61)))
            .When(Sent(1, 61), 62).ThenNothing()
            .When(Ordered(100), 100).Of<CartWonBack>().ShouldBeEmpty();

    [Fact]
    public void The_last_steps_of_a_checkout_told_after_its_order_open_nothing_but_a_new_item_does()
    {
        var bought = Given((Change(0, Cup), 0), (Ordered(10), 10), (Reach(12, "payment"), 12));
        bought.ThenState(CartState.Bought);
        bought.When(Add(15, Cushion), 15).ThenState(CartState.Open);
        bought.When(Add(15, Cushion), 15).State!.Contents.Current().ShouldBe([Cushion]);
    }

    [Fact]
    public void Two_devices_that_become_one_cart_end_the_care_for_the_other()
    {
        var merge = new MergeCarts(Abc, new("def"), [Cup, Cushion], null, Known, Reported(5));
        Given((Change(0, Cup) with { Visit = null }, 0)).When(merge, 5)
            .Then(
                new CartsMerged(new("def"), [Cup, Cushion], null, Known, Reported(5)), new CartSeen(Giulia, Abc, At(5)), new MergeAway(new("def"), Abc, At(5), Giulia))
            .When(merge, 6).ThenNothing();
    }
}
