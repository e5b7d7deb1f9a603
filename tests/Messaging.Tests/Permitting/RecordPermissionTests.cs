using System.Text.Json;
using Engagement.Contracts;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Switching;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;
using static Engagement.Messaging.Tests.Permitting.Marketing;

namespace Engagement.Messaging.Tests.Permitting;

public sealed class RecordPermissionTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_a_customer_permits_can_be_asked_for_and_is_told()
    {
        await using var messaging = await Open(postgres);
        await messaging.TellAndDrain(
            PermissionTests.Said(true, [Purpose.Carts], Channel.Email, evidence: "checkout-v3"), PermissionTests.Said(false, [Purpose.FollowUp], Channel.Email),
            PermissionTests.Said(true, [Purpose.Carts], Channel.Email, evidence: "checkout-v3"));

        var answer = await messaging.Get<JsonElement>("/v1/permissions/c-1");
        answer.GetProperty("customer").GetString().ShouldBe("c-1");
        answer.GetProperty("permissions").EnumerateArray().Select(permission => permission.GetRawText()).Where(text => !text.Contains("null", StringComparison.Ordinal))
            .ShouldBe(
            [
                """{"purpose":"FollowUp","channel":"Email","granted":false,"basis":"Consent","at":"2026-01-12T12:00:00+00:00"}""",
                """{"purpose":"Carts","channel":"Email","granted":true,"basis":"Consent","at":"2026-01-12T12:00:00+00:00"}""",
            ]);
        (await messaging.Get<JsonElement>("/v1/permissions/nobody")).GetProperty("permissions").GetArrayLength().ShouldBe(8);
        (await messaging.SentTo("gateway")).Select(queued => queued.Message).ShouldBe(
        [
            new PermissionChanged(Giulia, Purpose.Carts, Channel.Email, true, PermissionBasis.Consent, Noon),
            new PermissionChanged(Giulia, Purpose.FollowUp, Channel.Email, false, PermissionBasis.Consent, Noon),
        ]);
    }

    [Fact]
    public async Task Each_change_is_counted_once()
    {
        await using var messaging = await Open(postgres);
        using var counts = new Counts("engagement.permissions.changed", "counting");
        var yes = PermissionTests.Said(true, [Purpose.Carts], Channel.Email, evidence: "checkout-v3");

        await messaging.TellFor("counting", yes, yes, PermissionTests.Said(false, [Purpose.Carts], Channel.Email, at: Noon.AddHours(1)));
        await messaging.Drain();

        await messaging.Until(() => Task.FromResult(counts.Told.Count == 2), "both are counted, just after their commits");
        counts.Told.ShouldBe(["1 counting Carts Email True Consent", "1 counting Carts Email False Consent"]);
    }

    [Fact]
    public async Task A_refusal_of_one_way_lets_go_of_what_would_go_that_way_and_of_nothing_else()
    {
        await using var messaging = await Open(postgres);
        await messaging.Set($$$"""{"sms":{"url":"https://texts.example/in","secret":"{{{StandardWebhooks.NewSecret()}}}"}}""");
        await messaging.See(Giulia, new ContactDetails(Name, null, "333 1234567"));
        await messaging.See(Marco, new ContactDetails(Name, null, "333 1234568"));
        await messaging.TellAndDrain(new StopSending("anna", null), Of(MessageKind.CheckIn), Of(MessageKind.CheckIn, Marco) with { Key = new("check-in/y") });

        await messaging.TellAndDrain(
            PermissionTests.Said(false, [Purpose.FollowUp], Channel.Email), PermissionTests.Said(false, [Purpose.FollowUp], Channel.Sms, customer: Marco));

        (await messaging.FateOf(Of(MessageKind.CheckIn))).ShouldBe("Held switch");
        (await messaging.FateOf(Of(MessageKind.CheckIn, Marco) with { Key = new("check-in/y") })).ShouldBe("Suppressed refused");
    }

    [Fact]
    public async Task An_uploaded_history_of_permissions_holds_and_is_not_told()
    {
        await using var messaging = await Open(postgres);
        var consent = Consent();
        await messaging.TellAndDrain(consent with { Reported = consent.Reported with { Backfill = true } });

        (await messaging.Load<Permission>("permission/c-1"))!.On(Purpose.Offers, Channel.Sms)!.Granted.ShouldBeTrue();
        (await messaging.SentTo("gateway")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_lets_go_of_what_waits_for_the_morning_and_only_of_that_purpose()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        messaging.Clock.Advance(TimeSpan.FromHours(10));
        await messaging.TellAndDrain(Reminder(), Of(MessageKind.ReviewInvitation));
        (await messaging.FateOf(Reminder())).ShouldBe("Deferred quiet-hours");

        await messaging.TellAndDrain(OneClick(Reminder(), Noon.AddHours(10), Purpose.Carts));
        (await messaging.FateOf(Reminder())).ShouldBe("Suppressed refused");
        messaging.Clock.Advance(TimeSpan.FromHours(10));
        await messaging.Drain();

        messaging.Mails().ShouldBe(["review-invitation.x.demo@demo.example"]);
        (await messaging.SentTo("gateway")).Select(queued => queued.Message).OfType<Contracts.MessageSuppressed>()
            .ShouldBe([new Contracts.MessageSuppressed(Reminder().Key, MessageKind.CartReminder, Giulia, "refused", Noon.AddHours(10))]);
    }

    [Fact]
    public async Task Who_says_no_in_a_mail_gets_no_more_at_that_address_under_any_id()
    {
        await using var messaging = await Open(postgres);
        var guest = messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email);
        await messaging.Ready(Giulia, Marco, guest);
        await messaging.TellAndDrain(Reminder("1"));
        messaging.Mails().Length.ShouldBe(1);

        await messaging.TellAndDrain(OneClick(Reminder("1"), Noon, Purpose.Carts));
        await messaging.TellAndDrain(Reminder("2", Marco), Reminder("3", guest));

        messaging.Mails().Length.ShouldBe(1);
        (await messaging.FateOf(Reminder("2", Marco))).ShouldBe("Suppressed refused");   // found when the address was opened
        (await messaging.FateOf(Reminder("3", guest))).ShouldBe("Suppressed refused");

        await messaging.TellAndDrain(Consent(Marco, Noon.AddMinutes(1)), Reminder("4", Marco));
        messaging.Mails().Length.ShouldBe(2);
    }

    [Fact]
    public async Task Permissions_are_a_shop_s_own()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        await messaging.Seen(Giulia, tenant: "other");

        await messaging.TellFor("other", Reminder());
        await messaging.Drain();

        messaging.Mails().ShouldBeEmpty();
        (await messaging.Load<Message>("message/cart-reminder/cart-abc", "other"))!.Reason.ShouldBe("no-consent");
    }
}
