using Engagement.Contracts;
using Engagement.Messaging.Permitting;
using Engagement.Testing;
using FsCheck;
using FsCheck.Fluent;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Permitting;

public sealed class PermissionTests
{
    private static readonly Spec<Permission> Customer = new(
        "permission/c-1", (permission, message, now) => RecordPermissionHandler.Decide(permission, (RecordPermission)message, now));

    [Fact]
    public void Consent_to_one_purpose_on_one_channel_permits_just_that() => Customer
        .When(Said(true, [Purpose.Carts], Channel.Email, evidence: "checkout-v3"))
        .Then(new PermissionGranted(Purpose.Carts, Channel.Email, PermissionBasis.Consent, "checkout-v3", Noon, Noon))
        .ThenState(new Permission("permission/c-1", [new(Purpose.Carts, Channel.Email, true, PermissionBasis.Consent, "checkout-v3", Noon)]) { Version = 1 });

    [Fact]
    public void A_refusal_of_everything_is_one_of_every_purpose_that_can_be_refused_on_every_channel()
    {
        var refused = Customer.When(Said(false, basis: PermissionBasis.Preferences)).Outcomes!.Cast<PermissionRefused>().ToArray();

        refused.Select(e => (e.Purpose, e.Channel)).ShouldBe(
            from purpose in new[] { Purpose.FollowUp, Purpose.Carts, Purpose.Offers, Purpose.Reviews } from channel in Enum.GetValues<Channel>() select (purpose, channel));
    }

    [Fact]
    public void What_was_bought_and_what_was_asked_cannot_be_refused() =>
        Customer.When(Said(false, [Purpose.Orders, Purpose.Answers], basis: PermissionBasis.Preferences)).ThenNothing();

    [Fact]
    public void Said_twice_is_said_once() => Customer
        .When(Said(true, [Purpose.Offers], Channel.Sms))
        .When(Said(true, [Purpose.Offers], Channel.Sms)).ThenNothing();

    [Theory]
    [InlineData(PermissionBasis.Consent, null)]
    [InlineData(PermissionBasis.Consent, " ")]
    [InlineData(PermissionBasis.SoftOptIn, null)]
    [InlineData(PermissionBasis.OneClick, "x")]
    [InlineData(PermissionBasis.Complaint, "x")]
    public void A_permission_that_nothing_proves_is_none(PermissionBasis basis, string? evidence) =>
        Customer.When(Said(true, basis: basis, evidence: evidence)).ThenNothing();

    [Fact]
    public void A_sale_permits_mail_alone() => Customer
        .When(Said(true, [Purpose.Offers], basis: PermissionBasis.SoftOptIn))
        .Then(new PermissionGranted(Purpose.Offers, Channel.Email, PermissionBasis.SoftOptIn, "form-1", Noon, Noon));

    [Fact]
    public void Older_consent_that_arrives_late_does_not_override_a_newer_refusal() => Customer
        .When(Said(false, [Purpose.Carts], Channel.Email, PermissionBasis.OneClick, at: Noon))
        .When(Said(true, [Purpose.Carts], Channel.Email, at: Noon.AddDays(-1))).ThenNothing();

    [Fact]
    public void Of_two_words_at_the_same_time_the_refusal_holds_whichever_comes_first()
    {
        var (yes, no) = (Said(true, [Purpose.Carts], Channel.Email), Said(false, [Purpose.Carts], Channel.Email));

        Customer.When(no).When(yes).ThenNothing();
        Customer.When(yes).When(no).State!.On(Purpose.Carts, Channel.Email)!.Granted.ShouldBeFalse();
    }

    [Fact]
    public void Newer_consent_takes_a_refusal_back_but_another_sale_does_not()
    {
        var refused = Customer.When(Said(false, [Purpose.Carts], Channel.Email, PermissionBasis.OneClick));

        refused.When(Said(true, [Purpose.Carts], Channel.Email, PermissionBasis.SoftOptIn, at: Noon.AddDays(1))).ThenNothing();
        refused.When(Said(true, [Purpose.Carts], Channel.Email, at: Noon.AddDays(1))).State!.On(Purpose.Carts, Channel.Email)!.Granted.ShouldBeTrue();
    }

    [Fact]
    public void Where_nothing_was_said_a_follow_up_may_be_written_and_marketing_may_not()
    {
        var permissions = GetPermissions.Of(Giulia, null).Permissions;

        permissions.ShouldAllBe(permission => permission.Basis == null && permission.At == null);
        permissions.Where(permission => permission.Granted).Select(permission => (permission.Purpose, permission.Channel))
            .ShouldBe([(Purpose.FollowUp, Channel.Email), (Purpose.FollowUp, Channel.Sms)]);
        permissions.Count.ShouldBe(8);
    }

    /// <summary>Few values of each, so that words meet.</summary>
    [Fact]
    public void Words_that_arrive_in_any_order_give_the_same_permission()
    {
        var word = from granted in Gen.Elements(true, false)
                   from purposes in Gen.Elements<Purpose[]?>(null, [Purpose.Carts], [Purpose.Carts, Purpose.FollowUp], [Purpose.Orders])
                   from channel in Gen.Elements<Channel?>(null, Channel.Email, Channel.Sms)
                   from basis in Gen.Elements(Enum.GetValues<PermissionBasis>())
                   from evidence in Gen.Elements(null, "form-1", "form-2")
                   from minute in Gen.Choose(0, 3)
                   from zone in Gen.Choose(0, 1)
                   select Said(granted, purposes, channel, basis, evidence, Noon.AddMinutes(minute).ToOffset(TimeSpan.FromHours(zone)));
        var orders = from words in word.ListOf()
                     from shuffled in Gen.Shuffle(words.Concat(words.Take(3)).ToArray())
                     select (words.ToArray(), shuffled.ToArray());
        Prop.ForAll(orders.ToArbitrary(), pair => StateAfter(pair.Item1) == StateAfter(pair.Item2)).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static string StateAfter(RecordPermission[] words) =>
        words.Aggregate(Customer, (customer, word) => customer.When(word)).State is { } state ? Spec.Written(state.Words) : "";

    internal static RecordPermission Said(
        bool granted, IReadOnlyList<Purpose>? purposes = null, Channel? channel = null, PermissionBasis basis = PermissionBasis.Consent,
        string? evidence = "form-1", DateTimeOffset? at = null, CustomerId? customer = null, MessageKey? message = null) =>
        new(customer ?? Giulia, granted, purposes, channel, basis, evidence, new Reported(at ?? Noon, Noon), message);
}
