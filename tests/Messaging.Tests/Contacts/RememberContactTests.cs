using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Testing;
using FsCheck;
using FsCheck.Fluent;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Contacts;

public sealed class RememberContactTests(PostgresFixture postgres)
{
    private static readonly ContactSeen All = Seen("all", Noon, name: true, email: true, phone: true, address: true, language: "it", zone: "Europe/Rome");

    [Fact]
    public void What_is_newer_replaces_what_it_says_and_nothing_else()
    {
        var contact = Remembered(All, Seen("newer", Noon.AddDays(1), email: true, language: "en"));

        (contact.Details.Value, contact.HasEmail, contact.HasPhone, contact.Language, contact.Zone).ShouldBe(("newer", true, true, "en", "Europe/Rome"));
        Names(contact).ShouldBe(["newer", "all"]);
    }

    [Fact]
    public void What_is_the_newest_for_nothing_is_forgotten()
    {
        Names(Remembered(All, All with { Contact = new Sealed("again"), Reported = new Reported(Noon.AddDays(1), Noon) })).ShouldBe(["again"]);
        Contact.With(Remembered(All), Seen("older", Noon.AddDays(-1), name: true, email: true, language: "en")).ShouldBeNull();
        Contact.With(Remembered(All), All).ShouldBeNull();
    }

    [Fact]
    public void An_address_is_not_given_up_for_newer_details_without_one_and_an_older_one_is_better_than_none()
    {
        var without = Seen("without", Noon.AddDays(1), name: true, phone: true);

        Remembered(All, without).Details.ShouldBe(All.Contact);
        Remembered(without, All).Details.ShouldBe(All.Contact);
    }

    [Fact]
    public void Of_two_of_one_time_the_one_heard_of_last_holds()
    {
        var corrected = All with { Contact = new Sealed("corrected"), Reported = new Reported(Noon, Noon.AddMinutes(1)) };

        Names(Remembered(All, corrected)).ShouldBe(["corrected"]);
        Names(Remembered(corrected, All)).ShouldBe(["corrected"]);
    }

    [Fact]
    public void What_was_remembered_before_there_were_boxes_counts_as_whole()
    {
        var before = new Contact("c-1", new Sealed("before"), HasEmail: true, "it", null, Noon);

        Names(Contact.With(before, Seen("newer", Noon.AddDays(1), email: true, zone: "Europe/Rome"))!).ShouldBe(["newer", "before"]);
        Contact.With(before, Seen("older", Noon.AddDays(-1), name: true, email: true, phone: true, language: "en")).ShouldBeNull();
        before.HasPhone.ShouldBeFalse();   // nobody said so
        Remembered(All with { HasPhone = null }).HasPhone.ShouldBeFalse();
    }

    [Fact]
    public void In_whatever_order_it_is_heard_the_same_is_remembered_and_of_each_field_the_newest()
    {
        var flag = ArbMap.Default.GeneratorFor<bool>();
        Gen<string?> Sometimes(params string[] values) => Gen.Elements([null, null, .. values]);
        var seen =
            from id in Gen.Choose(0, 100_000)
            from day in Gen.Choose(0, 4)
            from told in Gen.Choose(0, 2)
            from name in flag from email in flag from phone in flag from address in flag
            from language in Sometimes("it", "en") from zone in Sometimes("Europe/Rome", "Europe/London")
            select Seen($"{id}", Noon.AddDays(day), name, email, phone, address, language, zone) with { Reported = new(Noon.AddDays(day), Noon.AddMinutes(told)) };
        var runs =
            from told in seen.ListOf()
            let heard = told.Select((one, i) => one with { Contact = new Sealed($"{one.Contact.Value}.{i}") }).ToArray()   // no two boxes are the same
            from shuffled in Gen.Shuffle(heard.ToArray()) select (Heard: heard, Shuffled: shuffled);

        Prop.ForAll(Arb.From(runs), run =>
        {
            var (heard, shuffled) = run;
            var contact = heard.Aggregate((Contact?)null, (known, next) => Contact.With(known, next) ?? known);
            var other = shuffled.Aggregate((Contact?)null, (known, next) => Contact.With(known, next) ?? known);
            Written(other).ShouldBe(Written(contact));
            ContactSeen? Newest(Func<ContactSeen, bool> has) => heard.Where(has)
                .OrderBy(s => s.Reported.OccurredAt).ThenBy(s => s.Reported.ReceivedAt).ThenBy(s => s.Contact.Value, StringComparer.Ordinal).LastOrDefault();
            ContactSeen?[] wanted =
            [
                Newest(s => s.HasName == true), Newest(s => s.HasEmail), Newest(s => s.HasPhone == true), Newest(s => s.HasAddress == true),
                Newest(s => s.Language is not null), Newest(s => s.Zone is not null),
            ];
            (contact is null ? [] : Names(contact)).Order().ShouldBe(wanted.OfType<ContactSeen>().Select(s => s.Contact.Value).Distinct().Order());
            (contact?.HasEmail ?? false, contact?.HasPhone ?? false).ShouldBe((wanted[1] is not null, wanted[2] is not null));
            (contact?.Language, contact?.Zone).ShouldBe((wanted[4]?.Language, wanted[5]?.Zone));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

        static string Written(Contact? contact) => contact is null ? "" : Spec.Written([contact]);
    }

    [Fact]
    public async Task Who_is_written_to_is_put_together_of_what_was_seen_at_different_times()
    {
        await using var messaging = await Open(postgres);
        await messaging.See(Giulia, new(null, "new@mail.example"), Noon);
        await messaging.See(Giulia, new("Giulia Rossi", "old@mail.example", "+39 333 1234567"), Noon.AddDays(-1), "en");
        await messaging.See(Giulia, new("Giulia Bianchi", null), Noon.AddDays(-2), "it");
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var mail = await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(messaging.Home, "mail"), "*.eml").ShouldHaveSingleItem());
        mail.ShouldContain("\r\nTo: Giulia Rossi <new@mail.example>\r\n");
        mail.ShouldContain("Hello Giulia,");
    }

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

    private static Contact Remembered(params ContactSeen[] seen) => seen.Aggregate((Contact?)null, (known, next) => Contact.With(known, next) ?? known)!;

    private static string[] Names(Contact contact) => [.. contact.Boxes!.Select(box => box.Details.Value)];

    private static ContactSeen Seen(
        string box, DateTimeOffset at, bool name = false, bool email = false, bool phone = false, bool address = false, string? language = null,
        string? zone = null) => new(Giulia, new Sealed(box), email, language, zone, new Reported(at, Noon), name, phone, address);
}
