using System.Net;
using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Tests.Templating;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Addresses;

public sealed class SuppressedAddressTests(PostgresFixture postgres)
{
    private static readonly SendMessage CheckIn = ThankYou with
    {
        Key = new("check-in/order-1001"), Kind = MessageKind.CheckIn, Data = new OrderArrived(new OrderId("1001")),
    };

    [Fact]
    public async Task Where_nobody_is_nothing_is_sent_again_and_a_person_finds_another_way_for_what_is_owed()
    {
        var server = new FakeTransport(_ => new PermanentFailure("no such user", 550, "5.1.1") { AboutAddress = true });
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Seen(Marco);   // who shares the address
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        await messaging.Tell(For("1002", Marco), CheckIn);
        await messaging.Drain();

        server.Attempts.ShouldBe(1);
        (await Address(messaging)).ShouldBe([new AddressBounced("5.1.1", "message/thank-you/order-1001", Noon)]);
        (await messaging.StaffTasks()).OfType<RaiseStaffTask>().Select(task => task.Key.Value)
            .ShouldBe(["undeliverable/thank-you/order-1001", "undeliverable/thank-you/order-1002"]);
        (await messaging.Message(For("1002", Marco)))!.ShouldSatisfyAllConditions(
            message => message.State.ShouldBe(MessageState.Suppressed), message => message.Reason.ShouldBe("bounced"));
        (await messaging.SentTo("gateway")).Select(queued => queued.Message).ShouldBe(
            [
                new MessageFailed(ThankYou.Key, MessageKind.ThankYou, Giulia, "undeliverable", Noon),
                new MessageFailed(new("thank-you/order-1002"), MessageKind.ThankYou, Marco, "bounced", Noon),
                new Contracts.MessageSuppressed(CheckIn.Key, MessageKind.CheckIn, Giulia, "bounced", Noon),
            ], ignoreOrder: true);

        await messaging.Tell(new StaffTaskDone(
            new("undeliverable/thank-you/order-1002"), StaffTaskKind.Undeliverable, Marco, StaffTaskOutcome.Solved, Noon));
        await messaging.Drain();
        (await messaging.StateOf(For("1002", Marco))).ShouldBe(MessageState.ClosedByStaff);
    }

    [Fact]
    public async Task What_a_server_has_against_the_mail_is_nothing_against_the_address()
    {
        var server = new FakeTransport(attempt => attempt == 1 ? new PermanentFailure("looks like spam", 550, "5.7.1") : null);
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        await messaging.Tell(For("1002", Giulia));
        await messaging.Drain();

        (await Address(messaging)).ShouldBeEmpty();
        server.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_person_who_knows_better_clears_an_address_by_saying_it_and_it_is_kept_nowhere()
    {
        var server = new FakeTransport(attempt => attempt == 1 ? new PermanentFailure("no such user", 550, "5.1.1") { AboutAddress = true } : null);
        await using var messaging = await Open(postgres, server);
        await messaging.KeepEveryRow();
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        messaging.Clock.Advance(TimeSpan.FromHours(1));
        (await Clear(messaging, new("Giulia.Rossi@Mail.Example", "anna"))).ShouldBe((HttpStatusCode.OK, """{"cleared":true}"""));
        (await Clear(messaging, new(Email, "anna"))).ShouldBe((HttpStatusCode.OK, """{"cleared":false}"""));
        (await Clear(messaging, new(null, "anna", "+39 333 1234567"))).ShouldBe((HttpStatusCode.OK, """{"cleared":false}"""));
        await messaging.Tell(For("1002", Giulia));
        await messaging.Drain();

        (await Address(messaging)).Skip(1).ShouldBe([new AddressCleared("anna", Noon.AddHours(1))]);
        server.Sent.Count.ShouldBe(1);
        foreach (var text in new[] { await messaging.Dump(), string.Join('\n', messaging.Logs.All) })
            text.ShouldNotContain("giulia.rossi", Case.Insensitive);
    }

    [Theory]
    [InlineData(null, "anna", null)]
    [InlineData(Email, "anna", "+393331234567")]
    [InlineData("nobody", "anna", null)]
    [InlineData(Email, null, null)]
    [InlineData(Email, "anna@bottega.example", null)]
    [InlineData(null, "anna", "333 1234567")]
    public async Task Who_asks_without_an_address_or_a_name_of_their_own_is_refused(string? email, string? by, string? phone)
    {
        await using var messaging = await Open(postgres);

        var (status, text) = await Clear(messaging, new(email, by, phone));

        status.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldNotContain("giulia", Case.Insensitive);
    }

    private static Task<IReadOnlyList<object>> Address(ServiceHost messaging) => messaging.Stream(
        Engagement.Messaging.Addresses.Address.StreamKey(messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email)));

    private static async Task<(HttpStatusCode, string)> Clear(ServiceHost messaging, ClearAddress body)
    {
        var answer = await messaging.Ask("/v1/addresses/clear", body);
        return (answer.Status, answer.Text);
    }
}
