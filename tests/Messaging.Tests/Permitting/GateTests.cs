using Engagement.Contracts;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Templating;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Permitting;

/// <summary>At noon in London, unless said otherwise.</summary>
public sealed class GateTests
{
    private static readonly Situation Reminder = Of(MessageKind.CartReminder, "cart/abc") with { ByCustomer = Word(Purpose.Carts, granted: true) };

    private static readonly DateTimeOffset Night = Noon.AddHours(10);

    private static readonly DateTimeOffset Morning = Noon.AddHours(20);

    public static readonly TheoryData<MessageKind> Transactional = new(MessageKinds.All.Where(kind => MessageKinds.NatureOf(kind) == MessageNature.Transactional));

    public static readonly TheoryData<MessageKind> Marketing = new(MessageKinds.All.Where(kind => MessageKinds.NatureOf(kind) == MessageNature.Marketing));

    [Fact]
    public void Marketing_that_is_permitted_goes_by_day() => Decide(Reminder).ShouldBe(new Verdict.Send());

    [Theory]
    [MemberData(nameof(Marketing))]
    public void Marketing_needs_a_permission_of_its_very_purpose(MessageKind kind)
    {
        var purpose = Purposes.Of(kind);
        var other = purpose == Purpose.Carts ? Purpose.Offers : Purpose.Carts;

        Decide(Of(kind)).ShouldBe(new Verdict.Suppress("no-consent"));
        Decide(Of(kind) with { ByCustomer = Word(other, granted: true) }).ShouldBe(new Verdict.Suppress("no-consent"));
        Decide(Of(kind) with { ByCustomer = Word(purpose, granted: true, channel: Channel.Sms) }).ShouldBe(new Verdict.Suppress("no-consent"));
        Decide(Of(kind) with { ByCustomer = Word(purpose, granted: false) }).ShouldBe(new Verdict.Suppress("refused"));
        Decide(Of(kind) with { ByCustomer = Word(purpose, granted: true) }).ShouldBe(new Verdict.Send());
    }

    [Theory]
    [InlineData(MessageKind.Welcome)]
    [InlineData(MessageKind.CheckIn)]
    public void A_follow_up_needs_no_permission_but_can_be_refused(MessageKind kind)
    {
        Decide(Of(kind), Night).ShouldBe(new Verdict.Send());
        Decide(Of(kind) with { ByCustomer = Word(Purpose.FollowUp, granted: false) }).ShouldBe(new Verdict.Suppress("refused"));
    }

    [Theory]
    [MemberData(nameof(Transactional))]
    public void What_is_owed_goes_at_any_hour_whatever_was_refused_and_however_much_was_written(MessageKind kind) =>
        Decide(
            Of(kind) with { ByCustomer = new Permission("permission/c-1", [.. Enum.GetValues<Purpose>().Select(purpose => Word(purpose, false).Words[0])]), Pace = Paced(Night) },
            Night).ShouldBe(new Verdict.Send());

    [Fact]
    public void What_was_refused_at_an_address_is_not_sent_there_unless_its_reader_has_permitted_it_since()
    {
        var refused = Word(Purpose.Carts, granted: false, at: Noon.AddDays(-2), PermissionBasis.OneClick);

        Decide(Reminder with { AtAddress = refused, ByCustomer = Word(Purpose.Carts, true, at: Noon.AddDays(-3)) }).ShouldBe(new Verdict.Suppress("refused"));
        Decide(Reminder with { AtAddress = refused, ByCustomer = null }).ShouldBe(new Verdict.Suppress("refused"));
        Decide(Reminder with { AtAddress = refused, ByCustomer = Word(Purpose.Carts, true, at: Noon.AddDays(-1)) }).ShouldBe(new Verdict.Send());
    }

    [Fact]
    public void An_occasion_is_fresh_for_72_hours_to_the_last_instant()
    {
        var order = Of(MessageKind.ThankYou, "order/1001");
        var last = order.Message.Occasion.OccurredAt.AddHours(72);

        Decide(order, last).ShouldBe(new Verdict.Send());
        Decide(order, last.AddTicks(1)).ShouldBe(new Verdict.Suppress("stale"));
        Decide(order with { IsReleased = true }, last.AddTicks(1)).ShouldBe(new Verdict.Send());
        Decide(order with { IsStopped = true }, last.AddTicks(1)).ShouldBe(new Verdict.Suppress("stale"));
        Decide(order with { Rules = Rules(freshness: 96) }, last.AddHours(24)).ShouldBe(new Verdict.Send());
    }

    [Theory]
    [InlineData(MessageKind.CartReminder, false)]
    [InlineData(MessageKind.CheckIn, false)]
    [InlineData(MessageKind.InquiryReply, true)]
    [InlineData(MessageKind.ThankYou, true)]
    public void What_has_become_stale_on_its_way_goes_only_where_it_is_owed(MessageKind kind, bool isOwed)
    {
        var released = Of(kind) with { ByCustomer = Word(Purposes.Of(kind), granted: true), IsReleased = true };
        var last = released.Message.Occasion.OccurredAt.AddHours(72);

        Decide(released, last).ShouldBe(new Verdict.Send());
        Decide(released, last.AddTicks(1)).ShouldBe(isOwed ? new Verdict.Send() : new Verdict.Suppress("stale"));
    }

    [Fact]
    public void Wanted_however_old_it_is_it_is_not_stale()
    {
        var message = Reminder.Message with { Occasion = Reminder.Message.Occasion with { EvenIfStale = true } };

        Decide(Reminder with { Message = message }, Noon.AddYears(8)).ShouldBe(new Verdict.Send());
        Decide(Reminder with { Message = message, Pace = Paced(Noon.AddYears(8), "cart/abc") }, Noon.AddYears(8))
            .ShouldBe(new Verdict.Defer(Noon.AddYears(8).AddDays(1), "capped"));
    }

    [Fact]
    public void At_night_marketing_waits_for_the_morning_where_its_reader_lives()
    {
        Decide(Reminder, Night).ShouldBe(new Verdict.Defer(Morning, "quiet-hours"));
        Decide(Reminder with { Zone = Zone("America/New_York") }, Night).ShouldBe(new Verdict.Send());
        Decide(Reminder with { Zone = Zone("Asia/Tokyo") }).ShouldBe(new Verdict.Defer(Noon.AddHours(11), "quiet-hours"));
        Decide(Reminder with { Rules = Rules(quiet: null) }, Night).ShouldBe(new Verdict.Send());
    }

    [Fact]
    public void What_would_be_stale_in_the_morning_is_not_kept_until_then() =>
        Decide(Reminder with { Rules = Rules(freshness: 12) }, Night).ShouldBe(new Verdict.Suppress("quiet-hours"));

    [Fact]
    public void One_marketing_message_in_24_hours_and_the_next_when_they_are_over()
    {
        var after = Reminder with { Pace = Paced(Noon.AddHours(-6), "cart/abc") };

        Decide(after).ShouldBe(new Verdict.Defer(Noon.AddHours(18 + 2), "capped"));   // at 6 it is free, but quiet until 8
        Decide(after with { Rules = Rules(quiet: null) }).ShouldBe(new Verdict.Defer(Noon.AddHours(18), "capped"));
        Decide(after, Noon.AddHours(20)).ShouldBe(new Verdict.Send());
        Decide(after with { Rules = Rules(freshness: 12) }).ShouldBe(new Verdict.Suppress("capped"));
        Decide(after with { Rules = Rules(perCap: 2) }).ShouldBe(new Verdict.Send());
        Decide(after with { Rules = Rules(cap: 0) }).ShouldBe(new Verdict.Send());
        Decide(after with { Rules = Rules(cap: 6) }).ShouldBe(new Verdict.Send());
    }

    [Fact]
    public void A_message_does_not_stand_in_its_own_way()
    {
        var pace = new Pace("pace/c-1").Apply(new MarketingReleased(Reminder.Message.Key, "cart/abc", Noon));

        Decide(Reminder with { Pace = pace }).ShouldBe(new Verdict.Send());
    }

    [Fact]
    public void What_leaves_long_after_its_release_keeps_others_away_from_then_on()
    {
        var (late, released) = (Reminder.Message with { Id = "message/released/0" }, Paced(Noon, "cart/abc"));
        var sent = Noon.AddHours(5);

        Pace.Left(released, late, Noon.AddMinutes(5)).ShouldBeNull();
        var left = Pace.Left(released, late, sent).ShouldNotBeNull();
        left.ShouldBe(new MarketingLeft(new MessageKey("released/0"), "cart/abc", sent));
        Pace.Left(null, late, sent).ShouldBe(left);   // it had given its place back

        Decide(Reminder with { Pace = released }, Noon.AddHours(24)).ShouldBe(new Verdict.Send());
        Decide(Reminder with { Pace = released.Apply(left) }, Noon.AddHours(24)).ShouldBe(new Verdict.Defer(sent.AddHours(24), "capped"));
    }

    [Fact]
    public void What_its_server_keeps_waiting_has_its_place_for_as_long_as_it_has_not_left()
    {
        var (late, thankYou) = (Reminder.Message with { Id = "message/released/0" }, Of(MessageKind.ThankYou).Message);
        var now = Noon.AddHours(25);
        Verdict With(params Message[] onTheirWay) => Decide(Reminder with { Pace = Paced(Noon, "cart/abc").With(onTheirWay, now) }, now);

        With().ShouldBe(new Verdict.Send());
        With(late).ShouldBe(new Verdict.Defer(now.AddHours(24), "capped"));
        With(thankYou).ShouldBe(new Verdict.Send());
        With(Reminder.Message).ShouldBe(new Verdict.Send());   // itself
    }

    [Fact]
    public void While_one_flow_goes_on_there_is_no_other()
    {
        var during = Reminder with { Pace = Paced(Noon.AddHours(-30), "cart/other") };

        Decide(during).ShouldBe(new Verdict.Suppress("another-flow"));
        Decide(during, Noon.AddHours(44)).ShouldBe(new Verdict.Send());
        Decide(during with { Rules = Rules(flow: 30) }).ShouldBe(new Verdict.Send());
        Decide(during with { Pace = Paced(Noon.AddHours(-30), "cart/other").Apply(Ended("cart/other", Noon.AddHours(-40))) }).ShouldBe(new Verdict.Send());
        Decide(during with { Pace = Paced(Noon.AddHours(-30), "cart/other").Apply(Ended("cart/abc", Noon.AddHours(-40))) }).ShouldBe(new Verdict.Suppress("another-flow"));
        Decide(during with { Pace = Paced(Noon.AddHours(-30), "cart/other").Apply(new MarketingTakenBack(new MessageKey("released/0"), Noon)) })
            .ShouldBe(new Verdict.Send());
    }

    [Fact]
    public void What_was_before_the_end_of_its_flow_is_not_written_about_however_late_it_is_asked_for()
    {
        Pace After(MessageKind[]? kinds, DateTimeOffset at) => new Pace("pace/c-1").Apply(new FlowEnded("cart/abc", "ordered", kinds, at, Noon));

        Decide(Reminder with { Pace = After(null, Noon) }).ShouldBe(new Verdict.Suppress("ordered"));
        Decide(Reminder with { Pace = After([MessageKind.CartQuestion], Noon) }).ShouldBe(new Verdict.Send());
        Decide(Reminder with { Pace = After(null, Noon.AddHours(-2)) }).ShouldBe(new Verdict.Send());
    }

    [Fact]
    public void While_sending_is_stopped_everything_is_held_tests_too()
    {
        Decide(Reminder with { IsStopped = true }, Night).ShouldBe(new Verdict.Hold());
        Decide(Of(MessageKind.ThankYou) with { IsStopped = true }).ShouldBe(new Verdict.Hold());
        Decide(Test() with { IsStopped = true }).ShouldBe(new Verdict.Hold());
    }

    [Fact]
    public void A_test_needs_no_permission_and_no_good_hour() => Decide(Test() with { Pace = Paced(Night) }, Night).ShouldBe(new Verdict.Send());

    [Fact]
    public void What_was_withdrawn_goes_no_more() =>
        Decide(Reminder with { Message = Reminder.Message with { Withdrawn = "ordered" }, IsStopped = true }).ShouldBe(new Verdict.Suppress("ordered"));

    private static Situation Test() => Reminder with { ByCustomer = null, Message = Reminder.Message with { Test = new TemplateTest("it", 0) } };

    private static Verdict Decide(Situation it, DateTimeOffset? now = null) => Gate.Decide(it, now ?? Noon);

    private static Situation Of(MessageKind kind, string subject = "order/1001") => new(
        new Message($"message/{kind}/{subject}", kind, "c-1", new Occasion(subject, Noon.AddHours(-1)), Samples.Full(kind, Noon), Noon),
        null, null, null, MessageRules.Default, Zone("Europe/London"), IsStopped: false);

    private static TimeZoneInfo Zone(string id) => TimeZoneInfo.FindSystemTimeZoneById(id);

    private static Permission Word(
        Purpose purpose, bool granted, DateTimeOffset? at = null, PermissionBasis basis = PermissionBasis.Consent, Channel channel = Channel.Email) =>
        new("permission/c-1", [new(purpose, channel, granted, basis, "form-1", at ?? Noon.AddDays(-1))]);

    private static Pace Paced(DateTimeOffset at, string subject = "cart/other") =>
        new Pace("pace/c-1").Apply(new MarketingReleased(new MessageKey("released/0"), subject, at));

    private static FlowEnded Ended(string subject, DateTimeOffset at) => new(subject, "ordered", null, at, Noon);

    private static MessageRules Rules(int? quiet = 8, int cap = 24, int perCap = 1, int flow = 72, int freshness = 72) => new(
        quiet is { } hour ? new QuietHours(new TimeOnly(21, 0), new TimeOnly(hour, 0)) : default,
        TimeSpan.FromHours(cap), perCap, TimeSpan.FromHours(flow), TimeSpan.FromHours(freshness));
}
