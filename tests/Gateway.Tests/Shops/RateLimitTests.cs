using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Engagement.Gateway.Pages;
using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
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

        var began = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ask(gateway, Key)));

        var refused = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToArray();
        refused.Length.ShouldBeInRange(20 - 3 - Tokens(began), 20 - 3);
        refused[0].Answer.ThenProblem(HttpStatusCode.TooManyRequests);
        refused[0].RetryAfter.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        (await Ask(gateway, OtherKey)).Status.ShouldNotBe(HttpStatusCode.TooManyRequests);
        (await gateway.Client.GetAsync(new Uri("/health", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_asks_for_customers_pages_too_often_is_told_when_to_come_again_in_words_for_people()
    {
        await using var gateway = await Open(
            postgres, settings: [("Engagement:PageLimit:PerSecond", "0"), ("Engagement:PageLimit:Burst", "3")]);

        var began = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => gateway.Client.GetAsync(new Uri($"/p/guess-{i}", UriKind.Relative))));

        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToArray();
        refused.Length.ShouldBeInRange(20 - 3 - Tokens(began), 20 - 3);
        await SaysWhen(refused[0]);
        (await gateway.Client.GetAsync(new Uri("/p/style.css", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Ask(gateway, Key)).Status.ShouldNotBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task What_is_sent_to_one_page_is_limited_and_other_pages_do_not_notice()
    {
        await using var gateway = await Open(postgres);
        var links = gateway.Services.GetRequiredService<PageLinks>();
        string PathOf(string customer) => $"/p/{links.TokenOf(new PageLink(
            PagePurposes.Preferences, ServiceHost.Tenant, new PreferencesSubject(new(customer), null).ToString(), gateway.Clock.GetUtcNow().AddDays(1)))}";
        async Task<HttpResponseMessage> Click(string path)
        {
            using var form = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
            return await gateway.Client.PostAsync(new Uri(path, UriKind.Relative), form);
        }

        var page = PathOf("c-1");
        var began = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Click(page)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBeInRange(20, 20 + Tokens(began));
        await SaysWhen(answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
        (await Click(PathOf("c-2"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:3::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void A_client_is_an_address_and_of_IPv6_its_network(string one, string other, bool same) =>
        (PageLimits.ClientOf(IPAddress.Parse(one)) == PageLimits.ClientOf(IPAddress.Parse(other))).ShouldBe(same);

    /// <summary>How many may have come in meanwhile, at one a second.</summary>
    private static int Tokens(long began) => 2 + (int)Stopwatch.GetElapsedTime(began).TotalSeconds;

    private static async Task SaysWhen(HttpResponseMessage refused)
    {
        refused.Headers.RetryAfter.ShouldNotBeNull().Delta.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await refused.Content.ReadAsStringAsync()).ShouldContain("Un momento, per favore");
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
