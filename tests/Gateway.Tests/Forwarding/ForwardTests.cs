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
        await ThenAsked("/v1/staff-tasks", "messaging");
        await ThenAsked("/v1/templates", "messaging");
        await ThenAsked("/v1/templates/thank-you/it?version=2", "messaging");

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
    public async Task What_a_shop_posts_arrives_as_it_was_sent()
    {
        string? told = null;
        var place = new Uri("/v1/templates/thank-you/it?version=1", UriKind.Relative);
        await using var gateway = await Open(postgres, request =>
        {
            var body = request.Content!.ReadAsStringAsync().GetAwaiter().GetResult();
            told = $"{request.Method} {request.RequestUri!.PathAndQuery} {request.Content.Headers.ContentType} {body}";
            return new HttpResponseMessage(HttpStatusCode.Created) { Headers = { Location = place } };
        });

        using var post = new HttpRequestMessage(HttpMethod.Post, "/v1/templates/thank-you/it");
        post.Content = new StringContent("""{"source":"è"}""", Encoding.UTF8, "application/json");
        post.Headers.Authorization = new AuthenticationHeaderValue("Bearer", OtherKey);
        using var answer = await gateway.Client.SendAsync(post);

        (answer.StatusCode, answer.Headers.Location?.ToString()).ShouldBe((HttpStatusCode.Created, place.ToString()));
        told.ShouldBe("""POST /v1/templates/thank-you/it application/json; charset=utf-8 {"source":"è"}""");
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
        string[] owners = ["orders", "messaging"];
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
