using System.Text.Json;
using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Erasing;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Erasing;

public sealed class ErasingTests(PostgresFixture postgres)
{
    private static readonly Reported Asked = new(Noon.AddDays(-1), Noon);

    [Fact]
    public async Task Nothing_readable_is_left_anywhere_and_whoever_asked_is_told_when_nobody_remembers_the_key()
    {
        await using var messaging = await Open(postgres);
        await messaging.KeepEveryRow();
        var vault = messaging.Services.GetRequiredService<Vault>();
        var words = await vault.SealAsync(ServiceHost.Tenant, Giulia, new PersonalWords("Cara Giulia, ecco la risposta."));
        var reply = new SendMessage(
            new("inquiry-reply/inquiry-7"), MessageKind.InquiryReply, Giulia, new Occasion("inquiry/7", Noon), new InquiryAnswer(new("7"), null, words));
        await messaging.Seen(Giulia);
        await messaging.Seen(Marco, "marco@mail.example");
        await messaging.Tell(ThankYou, reply, For("1002", Marco));
        await messaging.Drain();
        messaging.Mails().Length.ShouldBe(3);
        var sealedBefore = (await messaging.Load<Contact>("c-1"))!.Details;
        var writing = Path.Combine(messaging.Home, "mail", ".writing");
        await File.WriteAllTextAsync(Path.Combine(writing, $"thank-you.order-1001.demo@demo.example.{Guid.NewGuid():N}"), Email);   // of a killed process
        var dead = new ContactSeen(Giulia, sealedBefore, true, "it", null, new Reported(Noon.AddHours(-2), Noon.AddHours(-2)));
        await messaging.Execute($"""
            insert into bus.messaging_dead_letters (slot, tenant, message_id, message_type, body, attempts, sent_at, dead_at, exception_type, exception_message)
            values (1, 'demo', gen_random_uuid(), '{typeof(ContactSeen).FullName}', '{JsonSerializer.Serialize(dead, StoredJson.Options)}', 3, now(), now(), 'E', 'm')
            """);

        await messaging.Tell(new CustomerErased(Giulia, Asked));
        await messaging.Until(async () => await Keys(messaging) == 1, "the key is erased at once");
        (await messaging.SentTo("gateway")).Select(queued => queued.Message).OfType<CustomerDataErased>().ShouldBeEmpty("another process may remember the key");
        await messaging.Drain();   // the time goes on to the second pass

        (await messaging.SentTo("gateway")).Select(queued => queued.Message).OfType<CustomerDataErased>().ShouldBe([new CustomerDataErased(Giulia, Noon)]);
        messaging.Mails().ShouldBe(["thank-you.order-1002.demo@demo.example"]);
        Directory.GetFiles(writing).ShouldBeEmpty();
        (await messaging.Load<Contact>("c-1")).ShouldBeNull();
        (await messaging.Load<Contact>("c-2")).ShouldNotBeNull();
        (await vault.OpenAsync<ContactDetails>(ServiceHost.Tenant, Giulia, sealedBefore)).ShouldBeNull();
        (await vault.OpenAsync<PersonalWords>(ServiceHost.Tenant, Giulia, words)).ShouldBeNull();
        (await Keys(messaging)).ShouldBe(1, "Marco's");
        var rows = await messaging.Dump();   // every row that ever was, queues and dead letters included
        rows.ShouldContain(sealedBefore.Value, Case.Sensitive, "what is sealed may stay: nobody can open it");
        foreach (var word in new[] { "Giulia", "Rossi", "giulia.rossi", "mail.example", "ecco la risposta" })
            rows.Split('\n').FirstOrDefault(row => row.Contains(word, StringComparison.OrdinalIgnoreCase)).ShouldBeNull(word);
    }

    [Fact]
    public async Task What_has_not_left_does_not_leave_any_more_and_what_is_told_of_it_is_why()
    {
        await using var messaging = await Open(postgres);
        await messaging.Tell(For("1001", Giulia));
        await messaging.Drain();
        await messaging.EndPatience();   // is with staff
        await messaging.Tell(For("1002", Marco), For("1003", Giulia));   // wait for an address
        await messaging.Drain();

        await messaging.Tell(new CustomerErased(Giulia, new Reported(Noon, messaging.Clock.GetUtcNow())));
        await messaging.Drain();

        foreach (var order in new[] { "1001", "1003" })
        {
            var message = (await messaging.Message(For(order, Giulia)))!;
            (message.State, message.Reason).ShouldBe((MessageState.Suppressed, "erased"), order);
        }

        (await messaging.StateOf(For("1002", Marco))).ShouldBe(MessageState.WaitingForContact);
        var now = messaging.Clock.GetUtcNow();
        (await messaging.SentTo("gateway")).Select(queued => queued.Message).OfType<Contracts.MessageSuppressed>()
            .ShouldBe([new Contracts.MessageSuppressed(For("1003", Giulia).Key, MessageKind.ThankYou, Giulia, "erased", now)]);
        (await messaging.StaffTasks()).OfType<WithdrawStaffTask>()
            .ShouldBe([new WithdrawStaffTask(new("no-address/thank-you/order-1001"), WithdrawalReason.CustomerErased, now)]);
    }

    [Fact]
    public async Task Nobody_looks_any_more_for_another_way_to_a_customer_who_is_erased()
    {
        var server = new FakeTransport(_ => new PermanentFailure("looks like spam", 550, "5.7.1"));
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        await messaging.Tell(new CustomerErased(Giulia, Asked));
        await messaging.Drain();

        (await messaging.StaffTasks()).OfType<WithdrawStaffTask>().Select(task => task.Key.Value).ShouldBe(["undeliverable/thank-you/order-1001"]);
        (await messaging.Message(ThankYou))!.Reason.ShouldBe("undeliverable");
    }

    [Fact]
    public async Task Nobody_is_asked_any_more_to_call_a_customer_who_is_erased()
    {
        await using var messaging = await Open(postgres);
        await messaging.See(Giulia, new ContactDetails(Name, null, "333 1234567"));
        await messaging.Tell(ThankYou);
        await messaging.Drain();
        await messaging.EndPatience();
        (await messaging.Message(ThankYou))!.Reason.ShouldBe("call");

        await messaging.Tell(new CustomerErased(Giulia, new Reported(Noon, messaging.Clock.GetUtcNow())));
        await messaging.Drain();

        (await messaging.StaffTasks()).OfType<WithdrawStaffTask>().Select(task => task.Key.Value).ShouldBe(["call/thank-you/order-1001"]);
    }

    [Fact]
    public async Task A_mail_that_waits_for_its_server_is_not_tried_again()
    {
        var server = new FakeTransport(_ => new TemporaryFailure("451 later"));
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Until(() => Task.FromResult(server.Attempts == 1), "the mail was tried");

        await messaging.Tell(new CustomerErased(Giulia, Asked));
        await messaging.Drain();

        server.Attempts.ShouldBe(1);
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.Suppressed);
    }

    [Fact]
    public async Task Older_details_that_arrive_late_never_come_back_and_a_customer_who_comes_back_is_known_again()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Tell(new CustomerErased(Giulia, Asked));
        await messaging.Drain();
        messaging.Clock.Advance(TimeSpan.FromDays(1));

        await messaging.Seen(Giulia, at: Noon.AddMinutes(-1));   // retried, or replayed
        await messaging.Seen(Giulia, at: Noon.AddHours(1));      // received before the erasure, by whatever clock
        await messaging.Tell(For("1001", Giulia));
        await messaging.Drain();
        (await messaging.Load<Contact>("c-1")).ShouldBeNull();
        await messaging.EndPatience();
        (await messaging.Message(ThankYou))!.Reason.ShouldBe("erased", "nobody is sent to look for her address");
        (await messaging.StaffTasks()).ShouldBeEmpty();

        var vault = messaging.Services.GetRequiredService<Vault>();
        var details = await vault.SealAsync(ServiceHost.Tenant, Giulia, new ContactDetails(Name, Email));
        var now = messaging.Clock.GetUtcNow();
        await messaging.Tell(new ContactSeen(Giulia, details, true, "it", null, new Reported(now, now)));
        await messaging.Tell(new CustomerErased(Giulia, Asked));   // told again, late
        await messaging.Tell(For("1002", Giulia) with { Occasion = new("order/1002", now) });
        await messaging.Drain();

        messaging.Mails().ShouldBe(["thank-you.order-1002.demo@demo.example"]);
        (await messaging.SentTo("gateway")).Count(queued => queued.Message is CustomerDataErased).ShouldBe(2);
    }

    [Fact]
    public async Task While_the_keys_are_away_an_erasure_is_tried_until_it_is_done()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Drain();
        messaging.Real.Advance(TimeSpan.FromMinutes(2));
        await using (await postgres.TakeAwayAsync(messaging.KeysConnectionString))
        {
            await messaging.Tell(new CustomerErased(Giulia, Asked));
            await messaging.Until(
                () =>
                {
                    messaging.Real.Advance(TimeSpan.FromHours(1));
                    return Task.FromResult(messaging.Logs.All.Any(line => line.Contains("it is tried again", StringComparison.Ordinal)));
                },
                "it was given up, and is not");
            (await messaging.SentTo("gateway")).ShouldBeEmpty();
        }

        await messaging.Drain();

        (await Keys(messaging)).ShouldBe(0);
        (await messaging.SentTo("gateway")).ShouldHaveSingleItem().Message.ShouldBeOfType<CustomerDataErased>();
    }

    [Fact]
    public void A_new_state_says_whether_an_erasure_ends_it() => Enum.GetValues<MessageState>()
        .Where(state => new Message("message/k", MessageKind.ThankYou, "c-1", ThankYou.Occasion, ThankYou.Data, Noon) { State = state }.IsOpen)
        .ShouldBe([MessageState.WaitingForContact, MessageState.Deferred, MessageState.Held, MessageState.Released, MessageState.HandedToStaff]);

    private static async Task<long> Keys(ServiceHost messaging)
    {
        await using var keys = NpgsqlDataSource.Create(messaging.KeysConnectionString);
        await using var count = keys.CreateCommand("select count(*) from customer_keys");
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
