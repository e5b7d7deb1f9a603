using Engagement.Messaging.Reading;
using Engagement.Messaging.Settings;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Reading;

public sealed class ReaderTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_page_learns_how_to_write_for_its_customer_and_in_whose_name_and_nothing_personal()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia, language: "en-GB");
        await messaging.Drain();
        using (var set = messaging.Sign(HttpMethod.Put, "/v1/settings/messaging"))
        {
            set.Content = System.Net.Http.Json.JsonContent.Create(new MessagingSettings { Name = "Bottega", Zone = "Europe/London" });
            using var answer = await messaging.Client.SendAsync(set);
            answer.EnsureSuccessStatusCode();
        }

        (await messaging.Get<Reader>("/v1/readers?customer=c-1")).ShouldBe(new Reader("en-GB", null, "Bottega", "it", "Europe/London"));
        (await messaging.Get<Reader>("/v1/readers?customer=c-9")).ShouldBe(new Reader(null, null, "Bottega", "it", "Europe/London"));
        (await messaging.Get<Reader>("/v1/readers")).ShopName.ShouldBe("Bottega");
        (await messaging.Get<Reader>("/v1/readers?customer=c-1", "other")).ShouldBe(new Reader(null, null, "Other", "it", "Europe/Rome"));
    }
}
