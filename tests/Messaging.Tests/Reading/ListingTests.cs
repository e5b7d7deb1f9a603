using System.Net;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Reading;

public sealed class ListingTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Messages_are_listed_by_state_customer_and_subject_the_latest_first()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        foreach (var asked in new[] { For("1001", Giulia), For("1002", Marco), For("1003", Giulia) })
        {
            await messaging.Tell(asked);
            await messaging.Drain();
            messaging.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await Listed(messaging, "")).ShouldBe(["order/1003", "order/1002", "order/1001"]);
        (await Listed(messaging, "?state=Sent")).ShouldBe(["order/1003", "order/1001"]);
        (await Listed(messaging, "?state=WaitingForContact")).ShouldBe(["order/1002"]);
        (await Listed(messaging, "?customer=c-1&limit=1")).ShouldBe(["order/1003"]);
        (await Listed(messaging, "?subject=order/1001")).ShouldBe(["order/1001"]);
        (await Listed(messaging, "?subject=order/1001&customer=c-2")).ShouldBeEmpty();
        (await Listed(messaging, "?customer=%27%20or%20true%20--")).ShouldBeEmpty();
        (await Listed(messaging, "?limit=-5")).Length.ShouldBe(1);
        (await Listed(messaging, "", "other")).ShouldBeEmpty();
        (await Status(messaging, messaging.Sign(HttpMethod.Get, "/v1/messages?state=Lost"))).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_message_is_listed_with_what_became_of_it()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var listed = (await messaging.Get<IReadOnlyList<Message>>("/v1/messages")).ShouldHaveSingleItem();
        var sent = new Message("message/thank-you/order-1001", ThankYou.Kind, "c-1", ThankYou.Occasion, ThankYou.Data, Noon)
        {
            State = MessageState.Sent, SentAt = Noon, MessageId = "thank-you.order-1001.demo@demo.example", Channel = Channel.Email,
            Address = messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email).Value,
        };
        Spec.Written([listed]).ShouldBe(Spec.Written([sent]));
    }

    [Fact]
    public async Task Nothing_is_listed_for_whoever_is_not_one_of_our_own_processes()
    {
        await using var messaging = await Open(postgres);
        (await Status(messaging, new HttpRequestMessage(HttpMethod.Get, "/v1/messages"))).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<string[]> Listed(ServiceHost messaging, string query, string tenant = ServiceHost.Tenant) =>
        [.. (await messaging.Get<IReadOnlyList<Message>>($"/v1/messages{query}", tenant)).Select(message => message.Occasion.Subject)];

    private static async Task<HttpStatusCode> Status(ServiceHost host, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await host.Client.SendAsync(request)) return answer.StatusCode;
    }
}
