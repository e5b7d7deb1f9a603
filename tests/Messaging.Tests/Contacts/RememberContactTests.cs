using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Contacts;

public sealed class RememberContactTests(PostgresFixture postgres)
{
    private static readonly Contact Known = new("c-1", new Sealed("known"), HasEmail: true, "it", "Europe/Rome", Noon);

    [Fact]
    public void A_customer_seen_for_the_first_time_is_remembered() =>
        ContactSeenHandler.Decide(null, Seen(Noon)).ShouldBe(new Contact("c-1", new Sealed("seen"), HasEmail: true, "en", "Europe/London", Noon));

    [Fact]
    public void Newer_details_replace_older_ones() =>
        ContactSeenHandler.Decide(Known, Seen(Noon.AddSeconds(1)))
            .ShouldBe(new Contact("c-1", new Sealed("seen"), HasEmail: true, "en", "Europe/London", Noon.AddSeconds(1)));

    [Fact]
    public void Older_details_change_nothing() =>
        ContactSeenHandler.Decide(Known, Seen(Noon.AddSeconds(-1))).ShouldBeNull();

    [Fact]
    public void Language_and_zone_stay_where_nobody_says_them_again() =>
        ContactSeenHandler.Decide(Known, Seen(Noon) with { Language = null, Zone = null })
            .ShouldBe(new Contact("c-1", new Sealed("seen"), HasEmail: true, "it", "Europe/Rome", Noon));

    [Fact]
    public void An_address_is_not_given_up_for_newer_details_without_one() =>
        ContactSeenHandler.Decide(Known, Seen(Noon.AddDays(1)) with { HasEmail = false }).ShouldBeNull();

    [Fact]
    public void Without_an_address_an_older_one_is_better_than_none() =>
        ContactSeenHandler.Decide(Known with { HasEmail = false }, Seen(Noon.AddDays(-1)))
            .ShouldBe(new Contact("c-1", new Sealed("seen"), HasEmail: true, "en", "Europe/London", Noon.AddDays(-1)));

    [Fact]
    public async Task A_contact_releases_everything_that_waited_for_it_and_nothing_else()
    {
        await using var messaging = await Open(postgres);

        await messaging.Tell(For("1001", Giulia), For("1002", Marco), For("1003", Giulia), For("1004", Giulia));
        await messaging.Drain();
        await messaging.Seen(Giulia);
        await messaging.Drain();

        messaging.Mails().ShouldBe(
            ["thank-you.order-1001.demo@demo.example", "thank-you.order-1003.demo@demo.example", "thank-you.order-1004.demo@demo.example"]);
        (await messaging.StateOf(For("1002", Marco))).ShouldBe(MessageState.WaitingForContact);
    }

    [Fact]
    public async Task Details_that_arrive_late_do_not_change_who_is_written_to()
    {
        await using var messaging = await Open(postgres);

        await messaging.Seen(Giulia, email: "new@mail.example", language: "en", at: Noon);
        await messaging.Seen(Giulia, email: "old@mail.example", language: "it", at: Noon.AddDays(-1));
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var mail = await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(messaging.Home, "mail"), "*.eml").ShouldHaveSingleItem());
        mail.ShouldContain("\r\nTo: Giulia Rossi <new@mail.example>\r\n");
        mail.ShouldContain("Hello Giulia,");
    }

    private static ContactSeen Seen(DateTimeOffset at) => new(Giulia, new Sealed("seen"), HasEmail: true, "en", "Europe/London", new Reported(at, Noon));
}
