using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Forwarding;

public sealed class ForwardTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_query_reaches_the_service_that_owns_the_answer_signed_for_the_shop_of_the_key()
    {
        HttpRequestMessage? asked = null;
        await using var gateway = await Owners.Open(postgres, request =>
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
        await ThenAsked("/v1/templates", "messaging");
        await ThenAsked("/v1/social-posts?from=2026-01-12T00%3A00%3A00Z&state=Planned", "messaging");
        await ThenAsked("/v1/social-posts/spring", "messaging");
        await ThenAsked("/v1/settings/social", "messaging");
        await ThenAsked("/v1/templates/thank-you/it?version=2", "messaging");
        await ThenAsked("/v1/templates/partials", "messaging");
        await ThenAsked("/v1/templates/partials/greeting/it?version=2", "messaging");
        await ThenAsked("/v1/settings/layout", "messaging");

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
        await using var gateway = await Owners.Open(postgres, request =>
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
    public async Task Settings_are_read_and_written_where_they_are_used()
    {
        var asked = "";
        await using var gateway = await Owners.Open(postgres, request =>
        {
            var body = request.Content is null ? "" : request.Content.ReadAsStringAsync().GetAwaiter().GetResult();
            asked = $"{request.Method} {request.RequestUri} {request.Headers.IfMatch} {request.Content?.Headers.ContentType} {body}";
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent("{}"), Headers = { ETag = new EntityTagHeaderValue("\"8\""), CacheControl = new() { NoStore = true } },
            };
        });

        using var read = await Ask(gateway, "/v1/settings/messaging", OtherKey);
        (asked, read.Headers.ETag?.Tag).ShouldBe(("GET http://messaging.test/v1/settings/messaging   ", "\"8\""));
        read.Headers.CacheControl!.NoStore.ShouldBeTrue();
        using var request = new HttpRequestMessage(HttpMethod.Put,
            "/v1/settings/messaging") { Content = new StringContent("{\"name\":\"B\"}", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", OtherKey);
        request.Headers.IfMatch.Add(new EntityTagHeaderValue("\"7\""));
        using var written = await gateway.Client.SendAsync(request);
        asked.ShouldBe("PUT http://messaging.test/v1/settings/messaging \"7\" application/json; charset=utf-8 {\"name\":\"B\"}");
        using var unknown = await Ask(gateway, "/v1/settings/nowhere", OtherKey);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.Call(HttpMethod.Put, "/v1/settings/messaging", new { name = new string('x', 70_000) }))
            .ThenProblem(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Whether_messages_are_stopped_is_said_on_what_is_asked_of_them_and_people_switch_it()
    {
        List<string> asked = [];
        await using var gateway = await Owners.Open(postgres, request =>
        {
            asked.Add($"{request.Method} {request.RequestUri}");
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{}"), Headers = { { "Engagement-Sending", "stopped" } } };
        });

        using var listed = await Ask(gateway, "/v1/messages", OtherKey);
        listed.Headers.GetValues("Engagement-Sending").ShouldBe(["stopped"]);
        await gateway.Call(HttpMethod.Get, "/v1/permissions/c%2F1");
        await gateway.Call(HttpMethod.Get, "/v1/sending");
        await gateway.Call(HttpMethod.Post, "/v1/sending/stop", new { by = "anna" });
        await gateway.Call(HttpMethod.Post, "/v1/sending/resume", new { by = "anna" });
        await gateway.Call(HttpMethod.Post, "/v1/addresses/clear", new { email = "giulia@posta.example", by = "anna" });
        asked.ShouldBe(
        [
            "GET http://messaging.test/v1/messages", "GET http://messaging.test/v1/permissions/c%2F1", "GET http://messaging.test/v1/sending",
            "POST http://messaging.test/v1/sending/stop", "POST http://messaging.test/v1/sending/resume", "POST http://messaging.test/v1/addresses/clear",
        ]);
        (await gateway.Call(HttpMethod.Post, "/v1/sending/explode", new { }))
            .ThenProblem(HttpStatusCode.NotFound).Get("title").ShouldBe("There is no such address.");
    }

    /// <summary>Services have routes that serve every shop, such as those of the dead letters.</summary>
    [Theory]
    [InlineData("POST", "/v1/templates/%252E%252E/%252e%252e/dead-letters")]
    [InlineData("POST", "/v1/templates/thank-you/it/.%252E")]
    [InlineData("GET", "/v1/orders/%252E%252E")]
    [InlineData("GET", "/v1/staff-tasks/%252E")]
    public async Task What_would_lead_up_from_its_route_is_nowhere(string method, string path)
    {
        new Uri(new Uri("http://messaging"), Uri.UnescapeDataString(path)).AbsolutePath.ShouldNotContain("%2E");   // so it would
        await using var gateway = await Owners.Open(postgres, _ => throw new InvalidOperationException("It was asked."));

        (await gateway.Call(new HttpMethod(method), path, method == "POST" ? new { } : null))
            .ThenProblem(HttpStatusCode.NotFound).Get("title").ShouldBe("There is no such address.");
    }

    [Theory]
    [InlineData("/v1/messages?customer=a%00b")]
    [InlineData("/v1/staff-tasks?kind=%00")]
    public async Task What_no_owner_can_look_for_is_refused_here(string path)
    {
        await using var gateway = await Owners.Open(postgres, _ => throw new InvalidOperationException("It was asked."));

        (await gateway.Call(HttpMethod.Get, path)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_owner_that_is_away_is_a_503()
    {
        await using var gateway = await Owners.Open(postgres, _ => throw new HttpRequestException("away"));

        using var answer = await Ask(gateway, "/v1/orders/1001", Key);
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task An_owner_that_does_not_answer_in_time_is_a_503_too()
    {
        await using var gateway = await Owners.Open(postgres, _ => throw new TaskCanceledException("too slow", new TimeoutException()));

        using var answer = await Ask(gateway, "/v1/orders/1001", Key);
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task What_a_shop_posts_arrives_as_it_was_sent()
    {
        string? told = null;
        var place = new Uri("/v1/templates/thank-you/it?version=1", UriKind.Relative);
        await using var gateway = await Owners.Open(postgres, request =>
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
        await using var gateway = await Owners.Open(postgres, _ => throw new InvalidOperationException("It was asked."));

        using var answer = await Ask(gateway, "/v1/orders/1001", "eng_unknown");
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<HttpResponseMessage> Ask(ServiceHost gateway, string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await gateway.Client.SendAsync(request);
    }
}
