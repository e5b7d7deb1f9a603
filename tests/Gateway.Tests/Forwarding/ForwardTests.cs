using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Forwarding;

public sealed class ForwardTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_query_reaches_the_service_that_owns_the_answer_signed_for_the_shop_of_the_key()
    {
        HttpRequestMessage? asked = null;
        await using var gateway = await Open(postgres, request =>
        {
            asked = request;
            var problem = new StringContent("""{"title":"No such thing."}""", Encoding.UTF8, "application/problem+json");
            return new HttpResponseMessage(HttpStatusCode.NotFound) { Content = problem };
        });

        await ThenAsked("/v1/orders/1001", "orders");
        await ThenAsked("/v1/orders/A%2F17%20%C3%BC%3F", "orders");
        await ThenAsked("/v1/messages?state=Sent&subject=order%2F1001", "messaging");
        await ThenAsked("/v1/staff-tasks?state=Open&after=2026-01-14T12%3A00%3A00.0000000Z%20no-address%2Fthank-you%2Forder-1", "support");
        await ThenAsked("/v1/staff-tasks/no-address%2Fthank-you%2Forder-1001", "support");

        async Task ThenAsked(string path, string owner)
        {
            using var answer = await Ask(gateway, path, OtherKey);

            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            (await answer.Content.ReadAsStringAsync()).ShouldBe("""{"title":"No such thing."}""");
            asked.ShouldNotBeNull();
            (asked.RequestUri!.Host, asked.RequestUri.PathAndQuery).ShouldBe(($"{owner}.test", path));
            asked.Headers.GetValues(Tenancy.Header).ShouldBe(["other"]);
            asked.Headers.Contains(InternalSignature.Header).ShouldBeTrue();
            asked.Headers.Authorization.ShouldBeNull();
        }
    }

    [Fact]
    public async Task What_staff_does_reaches_Support_with_its_body()
    {
        const string Path = "/v1/staff-tasks/no-address%2Fthank-you%2Forder-1001/take";
        string? asked = null;
        await using var gateway = await Open(postgres, request =>
        {
            asked = $"{request.Method} {request.RequestUri} {request.Content!.Headers.ContentType} {request.Content.ReadAsStringAsync().Result}";
            return new HttpResponseMessage(HttpStatusCode.Conflict);
        });

        using var request = new HttpRequestMessage(HttpMethod.Post, Path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", OtherKey);
        request.Content = new StringContent("""{"staff":"anna"}""", Encoding.UTF8, "application/json");
        using var answer = await gateway.Client.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        asked.ShouldBe($$"""POST http://support.test{{Path}} application/json; charset=utf-8 {"staff":"anna"}""");
    }

    [Fact]
    public async Task Without_a_key_nothing_is_asked()
    {
        await using var gateway = await Open(postgres, _ => throw new InvalidOperationException("It was asked."));

        using var answer = await Ask(gateway, "/v1/orders/1001", "eng_unknown");
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<ServiceHost> Open(PostgresFixture postgres, Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        string[] owners = ["orders", "messaging", "support"];
        var gateway = await Publishing.Open(postgres, services: services =>
        {
            foreach (var owner in owners) services.AddHttpClient(owner).ConfigurePrimaryHttpMessageHandler(() => new Owner(answer));
        });
        foreach (var owner in owners) gateway.Services.GetRequiredService<IConfiguration>()[$"services:{owner}:http:0"] = $"http://{owner}.test";
        return gateway;
    }

    private static async Task<HttpResponseMessage> Ask(ServiceHost gateway, string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await gateway.Client.SendAsync(request);
    }

    private sealed class Owner(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }
}
