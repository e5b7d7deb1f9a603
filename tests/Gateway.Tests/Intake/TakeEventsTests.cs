using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Intake;

public sealed class TakeEventsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Facts_go_to_their_owner_and_contacts_to_Messaging_in_the_commit_that_remembers_the_events()
    {
        await using var gateway = await Open(postgres);

        (await gateway.Publish(OneOfEach())).ThenTaken(accepted: 12, repeats: 0);

        var facts = await gateway.SentTo("orders");
        facts.Select(queued => queued.Message.GetType()).ShouldBe(
            [typeof(PlaceOrder), typeof(RecordPayment), typeof(RecordPaymentFailure), typeof(ShipOrder), typeof(ReportParcel), typeof(ReportParcel),
                typeof(ReportParcel), typeof(ConfirmDelivery), typeof(ReportParcel), typeof(ReportParcel), typeof(CancelOrder),
                typeof(RecordRefund)]);
        facts.ShouldAllBe(queued => queued.Tenant == ServiceHost.Tenant && queued.Group == "order/1001");
        var contacts = await gateway.SentTo("messaging");
        contacts.Count.ShouldBe(2);
        contacts.ShouldAllBe(queued => queued.Tenant == ServiceHost.Tenant && queued.Group == "customer/c-1");
        (await gateway.Scalar<long>("""
            select count(distinct x) from (
                select xmin::text x from gateway.mt_doc_seenevent union all select xmin::text from bus.orders union all select xmin::text from bus.messaging) t
            """)).ShouldBe(1);
    }

    [Fact]
    public async Task One_event_can_be_published_without_a_batch()
    {
        await using var gateway = await Open(postgres);

        var answer = await gateway.Post(new StringContent(Shop.Event("order.delivered").ToJsonString(), Encoding.UTF8, CloudEventsReader.Structured));

        answer.ThenTaken(accepted: 1, repeats: 0);
        (await gateway.SentTo("orders")).Select(queued => queued.Message)
            .ShouldBe([new ConfirmDelivery(new OrderId("1001"), new Reported(Shop.Noon.AddMinutes(-30).AddSeconds(0.5), Shop.Noon))]);
    }

    [Fact]
    public async Task A_repeat_is_counted_and_sent_to_nobody()
    {
        await using var gateway = await Open(postgres);
        var events = OneOfEach();

        (await gateway.Publish(events)).ThenTaken(accepted: 12, repeats: 0);
        gateway.Clock.Advance(TimeSpan.FromHours(1));
        (await gateway.Publish(events)).ThenTaken(accepted: 12, repeats: 12);
        (await gateway.Publish(events[2], Event("order.shipped", "new"), events[0])).ThenTaken(accepted: 3, repeats: 2);

        (await gateway.Stored()).ShouldBe((Seen: 13, Facts: 13, Contacts: 2));
    }

    [Fact]
    public async Task Who_is_told_by_an_id_and_an_address_is_said_once_to_be_the_guest_of_that_address()
    {
        await using var gateway = await Open(postgres);
        var asGuest = Event("order.placed", "guest").Without("/data/customer/id");
        var byAddress = Event("order.placed", "address").With("/data/customer/id", "\"anna@posta.example\"");
        var of = gateway.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, (string)asGuest["data"]!["customer"]!["email"]!);

        (await gateway.Publish(asGuest, byAddress, Event("order.paid", "e-1"), Event("order.placed", "e-2"))).ThenTaken(accepted: 4, repeats: 0);
        (await gateway.Publish(Event("order.placed", "e-3"))).ThenTaken(accepted: 1, repeats: 0);

        (await gateway.SentTo("carts")).Select(told => (told.Message, told.Group)).ShouldBe([(new GuestKnown(of, new("c-1")), $"customer/{of}")]);
    }

    [Fact]
    public async Task An_event_that_stands_twice_in_a_batch_is_one()
    {
        await using var gateway = await Open(postgres);

        (await gateway.Publish(Event("order.paid", "e-1"), Event("order.paid", "e-1"))).ThenTaken(accepted: 2, repeats: 1);

        (await gateway.Stored()).ShouldBe((Seen: 1, Facts: 1, Contacts: 1));
    }

    [Fact]
    public async Task An_id_belongs_to_its_source_and_to_its_shop()
    {
        await using var gateway = await Open(postgres);
        var here = Event("order.paid", "e-1");
        var elsewhere = Event("order.delivered", "e-1").With("/source", "\"/shops/demo/2\"");

        (await gateway.Publish(here, elsewhere)).ThenTaken(accepted: 2, repeats: 0);
        (await gateway.PublishAs(OtherKey, Event("order.cancelled", "e-1"))).ThenTaken(accepted: 1, repeats: 0);

        (await gateway.SentTo("orders")).Select(queued => queued.Tenant).ShouldBe([ServiceHost.Tenant, ServiceHost.Tenant, "other"]);
    }

    [Fact]
    public async Task An_id_that_comes_again_with_another_body_refuses_the_whole_batch()
    {
        await using var gateway = await Open(postgres);
        (await gateway.Publish(Event("order.paid", "e-1"), Event("order.shipped", "e-2"))).ThenTaken(accepted: 2, repeats: 0);

        var answer = await gateway.Publish(
            Event("order.delivered", "new-1"),
            Event("order.paid", "e-1").With("/data/amount", "1"),
            Event("order.cancelled", "e-2"),
            Event("order.paid", "new-2"));

        answer.ThenProblem(HttpStatusCode.Conflict).Errors().ShouldBe(["1 /id id_reused", "2 /id id_reused"]);
        answer.Json.GetProperty("errorCount").GetInt32().ShouldBe(2);
        (await gateway.Stored()).ShouldBe((Seen: 2, Facts: 2, Contacts: 1));
    }

    [Fact]
    public async Task A_batch_with_faults_is_refused_whole_and_every_fault_is_told()
    {
        await using var gateway = await Open(postgres);

        var answer = await gateway.Publish(
            Event("order.placed", "e-0"),
            Event("order.placed", "e-1").With("/data/lines/1/quantity", "0").Without("/data/customer"),
            Event("order.paid", "e-2"),
            Event("order.forgotten", "e-3"),
            Event("order.paid", "e-4").With("/time", "\"2026-01-15T12:06:00Z\"").With("/data/amount", "\"free\""));

        answer.ThenProblem(HttpStatusCode.BadRequest).Errors().ShouldBe(
            [
                "1 /data/lines/1/quantity out_of_range", "1 /data/customer required", "3 /type unknown_type", "4 /time in_the_future",
                "4 /data/amount not_an_amount",
            ],
            ignoreOrder: true);
        (await gateway.Stored()).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task Who_has_no_key_is_told_so_in_the_same_words_whatever_is_wrong()
    {
        await using var gateway = await Open(postgres);
        var endless = new string('x', CloudEventsReader.MostBytes + 1);

        foreach (var authorization in new[] { null, "", "Bearer", "Bearer eng_unknown", $"Basic {Key}", Key })
        {
            foreach (var body in new[] { "[]", "{", endless })
            {
                var answer = await gateway.Post(new StringContent(body, Encoding.UTF8, CloudEventsReader.Batch), key: null, request =>
                {
                    if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization).ShouldBeTrue();
                });

                var told = answer.ThenProblem(HttpStatusCode.Unauthorized).Json.EnumerateObject().Where(property => property.Name != "traceId");
                told.Select(property => $"{property.Value}").ShouldBe(
                [
                    "https://tools.ietf.org/html/rfc9110#section-15.5.2", "The API key is missing or unknown.", "401",
                    "Send it as 'Authorization: Bearer <key>'.",
                ]);
            }
        }
    }

    [Fact]
    public async Task A_body_of_a_mebibyte_is_taken_and_one_byte_more_is_not_whether_or_not_it_says_its_length()
    {
        await using var gateway = await Open(postgres);
        foreach (var saysItsLength in new[] { true, false })
        {
            var whole = new JsonArray(Event("order.delivered", $"{saysItsLength}")).ToJsonString().PadRight(CloudEventsReader.MostBytes);

            (await gateway.Post(Content(whole, saysItsLength))).ThenTaken(accepted: 1, repeats: 0);
            (await gateway.Post(Content(whole + " ", saysItsLength))).ThenProblem(HttpStatusCode.RequestEntityTooLarge);
            (await gateway.Post(Content(whole + whole, saysItsLength))).ThenProblem(HttpStatusCode.RequestEntityTooLarge);
        }

        (await gateway.Stored()).ShouldBe((Seen: 2, Facts: 2, Contacts: 0));

        static HttpContent Content(string body, bool saysItsLength)
        {
            var bytes = Encoding.ASCII.GetBytes(body);
            HttpContent content = saysItsLength ? new ByteArrayContent(bytes) : new StreamContent(new Unseekable(bytes));
            content.Headers.TryAddWithoutValidation("Content-Type", CloudEventsReader.Batch);
            return content;
        }
    }

    [Fact]
    public async Task Only_CloudEvents_in_json_are_taken()
    {
        await using var gateway = await Open(postgres);
        foreach (var contentType in new[] { null, "application/json", "text/plain", "application/cloudevents-batch+json; charset=latin1" })
        {
            var body = new ByteArrayContent(Encoding.UTF8.GetBytes(new JsonArray(Shop.Event("order.paid")).ToJsonString()));
            if (contentType is not null) body.Headers.TryAddWithoutValidation("Content-Type", contentType);

            (await gateway.Post(body)).ThenProblem(HttpStatusCode.UnsupportedMediaType);
        }

        (await gateway.Stored()).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task The_same_events_published_by_many_at_once_are_taken_once()
    {
        await using var gateway = await Open(postgres);
        var events = OneOfEach();

        // Half of them the other way round: they must not wait for each other.
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => gateway.Publish(i % 2 == 0 ? events : [.. events.Reverse()])));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Accepted);
        answers.Sum(answer => answer.Json.GetProperty("repeats").GetInt32()).ShouldBe(11 * 12);
        (await gateway.Stored()).ShouldBe((Seen: 12, Facts: 12, Contacts: 2));
    }

    [Fact]
    public async Task What_fails_midway_is_answered_without_a_word_of_why_and_leaves_nothing_behind()
    {
        await using var gateway = await Open(postgres);
        await gateway.Execute("""
            create function public.refuse() returns trigger language plpgsql as
                $$ begin raise exception 'the disk of giulia@posta.example is full' using errcode = '53100'; end $$;
            create trigger refuse before insert on bus.messaging for each row execute function public.refuse();
            """);

        ThenServerError(await gateway.Publish(OneOfEach()));
        (await gateway.Stored()).ShouldBe((0, 0, 0));

        await gateway.Execute("drop trigger refuse on bus.messaging");
        (await gateway.Publish(OneOfEach())).ThenTaken(accepted: 12, repeats: 0);
    }

    [Fact]
    public async Task While_the_database_is_away_nothing_is_taken_and_afterwards_everything()
    {
        await using var gateway = await Open(postgres);
        (await gateway.Publish(Event("order.paid", "before"))).ThenTaken(accepted: 1, repeats: 0);

        await using (await postgres.TakeAwayAsync(gateway.ConnectionString)) ThenServerError(await gateway.Publish(OneOfEach()));

        (await gateway.Stored()).ShouldBe((Seen: 1, Facts: 1, Contacts: 1));
        (await gateway.Publish(OneOfEach())).ThenTaken(accepted: 12, repeats: 0);
    }

    [Fact]
    public async Task While_the_keys_are_away_nothing_personal_is_taken()
    {
        await using var gateway = await Open(postgres);

        await using (await postgres.TakeAwayAsync(gateway.KeysConnectionString))
        {
            ThenServerError(await gateway.Publish(OneOfEach()));
            (await gateway.Publish(Event("order.delivered", "nobody's"))).ThenTaken(accepted: 1, repeats: 0);
        }

        (await gateway.Stored()).ShouldBe((Seen: 1, Facts: 1, Contacts: 0));
        (await gateway.Publish(OneOfEach())).ThenTaken(accepted: 12, repeats: 0);
    }

    [Fact]
    public async Task A_contact_can_be_opened_by_who_has_its_key_and_is_read_by_nobody_else()
    {
        await using var gateway = await Open(postgres);
        await gateway.KeepEveryRow();
        using var spans = new Spans();

        await gateway.Publish(OneOfEach());
        await gateway.Publish(
            Event("order.paid", "bad").With("/data/customer/email", "\"giulia at posta.example\"").With("/data/customer/name", "[\"Giulia Rossi\"]"));
        await gateway.Publish(OneOfEach()[0].With("/data/customer/name", "\"Giulia Bianchi\""));

        foreach (var seen in (await gateway.SentTo("messaging")).Select(queued => (ContactSeen)queued.Message))
        {
            (seen.HasEmail, seen.Language, seen.Zone).ShouldBe((true, "it", "Europe/Rome"));
            (seen.HasName, seen.HasPhone, seen.HasAddress).ShouldBe((true, true, true));
            (await gateway.Services.GetRequiredService<Vault>().OpenAsync<ContactDetails>(ServiceHost.Tenant, seen.CustomerId, seen.Contact)).ShouldBe(
                new ContactDetails("Giulia Rossi", "giulia@posta.example", "+39 06 1234567", new PostalAddress("Via Roma 1", "Roma", "00100", "IT")));
        }

        var rows = await gateway.Dump();
        rows.ShouldContain("\"HasEmail\"");
        var told = string.Join('\n', spans.All.Select(span => $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)}"));
        foreach (var text in new[] { rows, string.Join('\n', gateway.Logs.All), told })
        {
            foreach (var word in new[] { "Giulia", "Rossi", "Bianchi", "giulia", "posta.example", "06 1234567", "Via Roma", Key })
                text.Split('\n').FirstOrDefault(line => line.Contains(word, StringComparison.Ordinal)).ShouldBeNull(word);
        }
    }

    [Fact]
    public async Task History_stays_history_for_everyone_who_is_told()
    {
        await using var gateway = await Open(postgres);

        (await gateway.Publish(Event("order.paid", "e-1").With("/backfill", "true"))).ThenTaken(accepted: 1, repeats: 0);

        ((RecordPayment)(await gateway.SentTo("orders")).Single().Message).Reported.ShouldSatisfyAllConditions(
            reported => reported.Backfill.ShouldBeTrue(),
            reported => reported.EvenIfStale.ShouldBeFalse(),
            reported => reported.OccurredAt.ShouldBe(Shop.Noon.AddMinutes(-30).AddSeconds(0.5)),
            reported => reported.ReceivedAt.ShouldBe(Shop.Noon));
        ((ContactSeen)(await gateway.SentTo("messaging")).Single().Message).Reported.Backfill.ShouldBeTrue();
    }

    [Fact]
    public async Task Messages_for_stale_occasions_can_be_asked_for_in_development_only()
    {
        var wanted = Event("order.paid", "e-1").With("/evenifstale", "true");
        await using var gateway = await Open(postgres);
        (await gateway.Publish(wanted)).ThenProblem(HttpStatusCode.BadRequest).Errors().ShouldBe(["0 /evenifstale only_in_development"]);

        await using var development = await Open(postgres, "Development");
        (await development.Publish(wanted)).ThenTaken(accepted: 1, repeats: 0);
        ((RecordPayment)(await development.SentTo("orders")).Single().Message).Reported.EvenIfStale.ShouldBeTrue();
    }

    [Fact]
    public async Task A_guest_is_known_by_the_address_in_whatever_case_and_by_shop()
    {
        await using var gateway = await Open(postgres);
        JsonObject Guest(string id, string email) => Event("order.placed", id).Without("/data/customer/id").With("/data/customer/email", $"\"{email}\"");

        await gateway.Publish(Guest("e-1", "giulia@posta.example"), Guest("e-2", "Giulia@Posta.Example"), Guest("e-3", "marco@posta.example"));
        await gateway.PublishAs(OtherKey, Guest("e-1", "giulia@posta.example"));

        var guests = (await gateway.SentTo("orders")).Select(queued => ((PlaceOrder)queued.Message).Customer.Value).ToArray();
        guests.ShouldAllBe(guest => guest.StartsWith("guest-", StringComparison.Ordinal) && !guest.Contains("giulia", StringComparison.OrdinalIgnoreCase));
        guests[1].ShouldBe(guests[0]);
        guests.Distinct().Count().ShouldBe(3);
        (await gateway.SentTo("messaging")).Select(queued => ((ContactSeen)queued.Message).CustomerId.Value).ShouldBe(guests);
    }

    [Fact]
    public async Task Events_are_remembered_for_30_days_and_not_longer()
    {
        await using var gateway = await Open(postgres);
        await gateway.Publish(Event("order.paid", "old"));
        gateway.Clock.Advance(TimeSpan.FromDays(2));
        await gateway.Publish(Event("order.paid", "young"));

        gateway.Clock.AdvanceTo(Shop.Noon.AddDays(30));
        await gateway.Until(
            async () =>
            {
                gateway.Clock.Advance(TimeSpan.FromMinutes(1));   // the clean-up comes once an hour
                return (await gateway.Stored()).Seen == 1;
            },
            "the older event is forgotten");

        (await gateway.Publish(Event("order.paid", "young"))).ThenTaken(accepted: 1, repeats: 1);
        (await gateway.Publish(Event("order.paid", "old"))).ThenTaken(accepted: 1, repeats: 0);
    }

    private static void ThenServerError(Answer answer)
    {
        ((int)answer.Status).ShouldBeInRange(500, 599);
        answer.ThenProblem(answer.Status).Json.TryGetProperty("detail", out _).ShouldBeFalse(answer.Text);
        answer.Text.ShouldNotContain("giulia");
    }

    /// <summary>Sent in chunks, since nobody knows how long it is.</summary>
    private sealed class Unseekable(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
