using System.Net;
using System.Net.Http.Headers;
using Engagement.Gateway.Shops;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Shops;

public sealed class RateLimitTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_shop_that_sends_too_much_is_told_when_to_come_again_and_the_others_do_not_notice()
    {
        await using var gateway = await Open(postgres, settings:
        [
            ("Engagement:RateLimit:PerSecond", "1"), ("Engagement:RateLimit:Burst", "1000000"),
            ("Engagement:Shops:demo:RateLimit:PerSecond", "0"), ("Engagement:Shops:demo:RateLimit:Burst", "3"),
        ]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ask(gateway, Key)));

        var refused = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToArray();
        refused.Length.ShouldBeInRange(20 - 3 - 2, 20 - 3);   // a token a second comes in meanwhile
        refused[0].Answer.ThenProblem(HttpStatusCode.TooManyRequests);
        refused[0].RetryAfter.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        (await Ask(gateway, OtherKey)).Status.ShouldNotBe(HttpStatusCode.TooManyRequests);
        (await gateway.Client.GetAsync(new Uri("/health", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter, Answer Answer)> Ask(ServiceHost gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get,
            "/v1/shops/demo/keys") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        using var answer = await gateway.Client.SendAsync(request);
        return (answer.StatusCode, answer.Headers.RetryAfter?.Delta,
            new Answer(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(9, 9)]
    [InlineData(19, 19)]
    [InlineData(200, 200)]
    public void A_shop_gets_what_it_was_promised_in_a_second(int promised, int given)
    {
        var bucket = RateLimits.Bucket(new ShopRate { PerSecond = promised });

        (bucket.TokensPerPeriod / bucket.ReplenishmentPeriod.TotalSeconds).ShouldBe(given, 0.001);
    }
}
