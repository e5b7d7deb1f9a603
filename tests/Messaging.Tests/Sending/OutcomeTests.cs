using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Sending;

/// <summary>What the others learn of a message, once each.</summary>
public sealed class OutcomeTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_message_that_was_sent_is_told_of_once()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou, ThankYou);
        await messaging.Drain();

        (await Told(messaging)).ShouldBe([new Contracts.MessageSent(ThankYou.Key, MessageKind.ThankYou, Giulia, Noon)]);
        (await messaging.SentTo("gateway")).Single().Tenant.ShouldBe(ServiceHost.Tenant);
    }

    [Fact]
    public async Task So_is_one_that_was_too_old_one_to_an_erased_customer_and_one_that_no_server_takes()
    {
        await using var messaging = await Open(postgres, new FakeTransport(_ => new Messaging.Sending.PermanentFailure("no such user", 550)));
        foreach (var customer in new[] { Giulia, Marco }) await messaging.Seen(customer);
        await messaging.Drain();
        await messaging.Services.GetRequiredService<Vault>().EraseAsync(ServiceHost.Tenant, Marco);
        var stale = For("old", Giulia) with { Occasion = new Occasion("order/old", Noon.AddDays(-4)) };

        foreach (var asked in new[] { stale, For("erased", Marco), For("refused", Giulia) })
        {
            await messaging.Tell(asked);
            await messaging.Drain();
        }

        (await Told(messaging)).ShouldBe(
        [
            new Contracts.MessageSuppressed(stale.Key, MessageKind.ThankYou, Giulia, "stale", Noon),
            new Contracts.MessageSuppressed(new("thank-you/order-erased"), MessageKind.ThankYou, Marco, "erased", Noon),
            new MessageFailed(new("thank-you/order-refused"), MessageKind.ThankYou, Giulia, "undeliverable", Noon),
        ]);
    }

    [Fact]
    public async Task So_is_one_that_only_a_person_can_bring_on_its_way()
    {
        await using var messaging = await Open(postgres);
        await messaging.Tell(For("1", Giulia), For("2", customer: null));
        await messaging.Drain();
        await messaging.EndPatience();

        (await Told(messaging)).ShouldBe(
        [
            new MessageFailed(new("thank-you/order-2"), MessageKind.ThankYou, null, "unknown-customer", Noon),
            new MessageFailed(new("thank-you/order-1"), MessageKind.ThankYou, Giulia, "no-address", Noon.AddSeconds(60)),
        ]);
    }

    private static async Task<object[]> Told(ServiceHost messaging) => [.. (await messaging.SentTo("gateway")).Select(queued => queued.Message)];
}
