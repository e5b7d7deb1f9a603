using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Messaging.Social;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Social;

public sealed class PostsTests(PostgresFixture postgres)
{
    private const string Posts = "/v1/social-posts";
    private const string Settings = "/v1/settings/social";
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly string[] Networks = ["x", "facebook", "x"];

    [Fact]
    public async Task At_its_time_a_post_goes_to_the_shop_s_webhook_signed_and_once()
    {
        await using var receiver = await Receiver.Open();
        await using var messaging = await Open(receiver.Url);

        var planned = await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2));
        (planned.Status, planned.Location, planned.Version).ShouldBe((HttpStatusCode.Created, "/v1/social-posts/spring", "\"1\""));
        (await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2))).Status.ShouldBe(HttpStatusCode.OK);   // told again
        await messaging.Drain();
        receiver.Told.ShouldBeEmpty();
        await messaging.Pass(hours: 2);
        await messaging.Pass(hours: 48);

        var told = receiver.Told.ShouldHaveSingleItem();
        StandardWebhooks.Verify([Secret], told.Id, told.Time, told.Signature, told.Body, messaging.Real.GetUtcNow()).ShouldBe(WebhookCheck.Valid);
        told.ContentType.ShouldBe("application/cloudevents+json; charset=utf-8");
        told.Text.ShouldBe(
            $$$"""
            {"specversion":"1.0","id":"{{{told.Id}}}","source":"/shops/demo","type":"social.post_due","subject":"post/spring","time":"2026-01-12T14:00:00+00:00",
            "datacontenttype":"application/json","data":{"id":"spring","networks":["facebook","x"],"text":"Le tazze blu sono tornate.",
            "link":"https://bottega.example/tazze","at":"2026-01-12T14:00:00+00:00"}}
            """.ReplaceLineEndings(""));
        var post = await messaging.Post("spring");
        (post.State, post.PublishedAt).ShouldBe((PostState.Published, Noon.AddHours(2)));
        var cancelled = await messaging.Ask(HttpMethod.Delete, $"{Posts}/spring");
        (cancelled.Status, cancelled.Json.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "published"));
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_moved_goes_at_its_new_time_and_what_is_cancelled_never()
    {
        await using var receiver = await Receiver.Open();
        await using var messaging = await Open(receiver.Url);
        await messaging.Ask(HttpMethod.Post, Posts, Given("moved", 2));
        await messaging.Ask(HttpMethod.Post, Posts, Given("cancelled", 2));

        (await messaging.Ask(HttpMethod.Put, $"{Posts}/moved", Given(null, 5, "Domani."), "\"1\"")).Version.ShouldBe("\"2\"");
        (await messaging.Ask(HttpMethod.Put, $"{Posts}/moved", Given(null, 6), "\"1\"")).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await messaging.Ask(HttpMethod.Delete, $"{Posts}/cancelled")).Status.ShouldBe(HttpStatusCode.NoContent);
        await messaging.Pass(hours: 4);
        receiver.Told.ShouldBeEmpty();
        await messaging.Pass(hours: 24);

        receiver.Told.ShouldHaveSingleItem().Text.ShouldContain("Domani.");
        (await messaging.Post("cancelled")).State.ShouldBe(PostState.Cancelled);
    }

    [Fact]
    public async Task While_the_shop_is_stopped_a_post_waits_and_goes_when_it_goes_on()
    {
        await using var receiver = await Receiver.Open();
        await using var messaging = await Open(receiver.Url);
        await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2));
        await messaging.Ask(HttpMethod.Post, "/v1/sending/stop", """{"by":"anna"}""");
        messaging.Clock.Advance(TimeSpan.FromHours(2));
        await messaging.Until(
            async () => await messaging.Scalar<long>(
                "select count(*) from messaging.deliveries where attempt = 0 and due_at > created_at + interval '50 s'") == 1,
            "the post was put off, and that was no attempt");
        receiver.Told.ShouldBeEmpty();

        await messaging.Ask(HttpMethod.Post, "/v1/sending/resume", """{"by":"anna"}""");
        await messaging.Drain();

        receiver.Told.Count.ShouldBe(1);
        (await messaging.Post("spring")).State.ShouldBe(PostState.Published);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.RequestTimeout)]
    public async Task What_fails_for_a_while_is_tried_again_under_the_same_id(HttpStatusCode first)
    {
        await using var receiver = await Receiver.Open(number => number < 3 ? first : HttpStatusCode.OK);
        await using var messaging = await Open(receiver.Url);
        await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2));

        await messaging.Pass(hours: 2);

        receiver.Told.Count.ShouldBe(3);
        receiver.Told.Select(told => told.Id).Distinct().ShouldHaveSingleItem();
        (await messaging.Post("spring")).State.ShouldBe(PostState.Published);
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_webhook_refuses_is_told_to_staff_at_once_and_can_be_planned_anew()
    {
        await using var receiver = await Receiver.Open(number => number == 1 ? HttpStatusCode.Forbidden : HttpStatusCode.OK);
        await using var messaging = await Open(receiver.Url);
        await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2));

        await messaging.Pass(hours: 2);
        var failed = await messaging.Post("spring");
        (failed.State, failed.Reason, receiver.Told.Count).ShouldBe((PostState.Failed, "http 403", 1));
        var task = (await messaging.StaffTasks()).ShouldHaveSingleItem().ShouldBeOfType<RaiseStaffTask>();
        (task.Kind, task.Subject, task.CustomerId).ShouldBe((StaffTaskKind.PostFailed, "post/spring", null));

        (await messaging.Ask(HttpMethod.Put, $"{Posts}/spring", Given(null, 3))).Status.ShouldBe(HttpStatusCode.OK);
        await messaging.Pass(hours: 1);
        (await messaging.Post("spring")).State.ShouldBe(PostState.Published);
        (await messaging.StaffTasks()).OfType<WithdrawStaffTask>().ShouldHaveSingleItem().Key.ShouldBe(task.Key);

        await messaging.Tell(new StaffTaskDone(task.Key, task.Kind, null, StaffTaskOutcome.Solved, Noon));   // no message is meant
        await messaging.Drain();
        messaging.Logs.Warnings.ShouldNotContain(line => line.Contains("StaffTaskDone"));
    }

    [Fact]
    public async Task What_the_webhook_refused_can_be_cancelled_and_staff_have_it_off_their_list()
    {
        await using var receiver = await Receiver.Open(_ => HttpStatusCode.Forbidden);
        await using var messaging = await Open(receiver.Url);
        await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2));
        await messaging.Pass(hours: 2);

        (await messaging.Ask(HttpMethod.Delete, $"{Posts}/spring")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await messaging.Ask(HttpMethod.Delete, $"{Posts}/spring")).Status.ShouldBe(HttpStatusCode.NoContent);   // told again
        await messaging.Drain();

        (await messaging.Post("spring")).State.ShouldBe(PostState.Cancelled);
        var tasks = await messaging.StaffTasks();
        tasks.OfType<WithdrawStaffTask>().ShouldHaveSingleItem().Key.ShouldBe(tasks.OfType<RaiseStaffTask>().ShouldHaveSingleItem().Key);
    }

    [Fact]
    public async Task A_day_after_its_time_a_post_that_could_not_go_is_stale()
    {
        ServiceHost? host = null;
        await using var receiver = await Receiver.Open(_ =>
        {
            host!.Clock.Advance(TimeSpan.FromHours(13));   // nobody answers for hours
            return HttpStatusCode.BadGateway;
        });
        await using var messaging = host = await Open(receiver.Url);
        await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2));

        await messaging.Pass(hours: 2);

        receiver.Told.Count.ShouldBe(2);
        var post = await messaging.Post("spring");
        (post.State, post.Reason).ShouldBe((PostState.Failed, "stale"));
        (await messaging.StaffTasks()).ShouldHaveSingleItem().ShouldBeOfType<RaiseStaffTask>().Kind.ShouldBe(StaffTaskKind.PostFailed);
    }

    [Fact]
    public async Task A_webhook_in_our_own_network_is_neither_kept_nor_called()
    {
        await using var receiver = await Receiver.Open();
        await using var messaging = await Open(receiver.Url, new PublicAddresses(AnyAddress: false), HttpStatusCode.BadRequest);
        await messaging.Configure("https://bottega.example/posts");
        await messaging.Store(await Kept(messaging, receiver.Url));
        await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2));

        await messaging.Pass(hours: 2);

        receiver.Told.ShouldBeEmpty();
        (await messaging.Post("spring")).Reason.ShouldBe("address-not-allowed");
    }

    [Fact]
    public async Task The_calendar_is_read_by_time_and_state_page_by_page()
    {
        await using var messaging = await Open("https://bottega.example/posts");
        foreach (var hour in new[] { 3, 1, 2, 4 }) await messaging.Ask(HttpMethod.Post, Posts, Given($"p{hour}", hour));
        await messaging.Ask(HttpMethod.Post, Posts, Given("p2b", 2));
        await messaging.Ask(HttpMethod.Delete, $"{Posts}/p3");

        (await Ids("")).ShouldBe(["p1", "p2", "p2b", "p3", "p4"]);
        (await Ids("?state=Cancelled")).ShouldBe(["p3"]);
        (await Ids("?from=2026-01-12T14:00:00Z&until=2026-01-12T16:00:00Z")).ShouldBe(["p2", "p2b", "p3"]);
        var page = await List("?from=2026-01-12T13:30:00Z&limit=2");
        page.Select(post => post.Id).ShouldBe(["p2", "p2b"]);
        (await Ids($"?from=2026-01-12T13:30:00Z&limit=2&after={Uri.EscapeDataString(page[^1].Cursor)}")).ShouldBe(["p3", "p4"]);
        (await messaging.Ask(HttpMethod.Get, $"{Posts}?after=rubbish")).Errors.ShouldBe(["/after invalid"]);
        (await messaging.Get<IReadOnlyList<PostShown>>(Posts, "other")).ShouldBeEmpty();
        (await messaging.Ask(HttpMethod.Get, $"{Posts}?state=Lost")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await messaging.Ask(HttpMethod.Get, $"{Posts}/p9")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await messaging.Ask(HttpMethod.Delete, $"{Posts}/p9")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await messaging.Ask(HttpMethod.Put, $"{Posts}/p9", Given(null, 2))).Status.ShouldBe(HttpStatusCode.NotFound);

        Task<IReadOnlyList<PostShown>> List(string query) => messaging.Get<IReadOnlyList<PostShown>>($"{Posts}{query}");
        async Task<IEnumerable<string>> Ids(string query) => (await List(query)).Select(post => post.Id);
    }

    [Theory]
    [InlineData("{}", "/networks required,/text required,/at required")]
    [InlineData("""{"networks":["x","icq",null],"text":" ","at":"2026-02-01T00:00:00Z"}""", "/networks/1 unknown,/networks/2 unknown,/text required")]
    [InlineData("""{"id":"a b","networks":["x"],"text":"a\u0000","link":"http://a.example","imageUrl":"a","at":"2026-02-01T00:00:00Z"}""",
        "/id invalid,/text invalid,/link invalid,/imageUrl invalid")]
    [InlineData("""{"networks":["x"],"text":"a","at":"2026-01-12T12:00:00Z"}""", "/at past")]
    public async Task What_is_wrong_with_a_post_is_listed_and_nothing_of_it_is_kept(string body, string expected)
    {
        await using var messaging = await Open("https://bottega.example/posts");

        var answer = await messaging.Ask(HttpMethod.Post, Posts, body);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        answer.Errors.ShouldBe(expected.Split(','));
        (await messaging.Get<IReadOnlyList<PostShown>>(Posts)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_text_must_fit_every_network_that_it_goes_to_by_limits_that_can_be_set()
    {
        await using var messaging = await Open("https://bottega.example/posts", settings: [("Social:Longest:x", "20"), ("Social:Longest:forum", "10")]);
        var twenty = string.Concat(Enumerable.Repeat("👩‍🎨", 20));

        (await messaging.Ask(HttpMethod.Post, Posts, Body("x", twenty))).Status.ShouldBe(HttpStatusCode.Created);
        (await messaging.Ask(HttpMethod.Post, Posts, Body("x", twenty + "!"))).Text.ShouldContain("At most 20 characters on x; it has 21.");
        (await messaging.Ask(HttpMethod.Post, Posts, Body("forum", twenty))).Errors.ShouldBe(["/text too-long"]);
        (await messaging.Ask(HttpMethod.Post, Posts, Body("facebook", new string('è', 63206)))).Status.ShouldBe(HttpStatusCode.Created);
        (await messaging.Ask(HttpMethod.Post, Posts, Body("facebook", new string('è', 300_000)))).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);

        static string Body(string network, string text) => JsonSerializer.Serialize(new { networks = new[] { network }, text, at = Noon.AddDays(1) });
    }

    [Theory]
    [InlineData("""{"networks":["x"],"text":"a","at":"2026-02-01T00:00:00Z","txt":"b"}""", "#/txt")]
    [InlineData("""{"networks":"x"}""", "#/networks")]
    [InlineData("""{"at":"tomorrow"}""", "#/at")]
    public async Task What_can_not_be_read_is_refused_with_its_place(string body, string place)
    {
        await using var messaging = await Open("https://bottega.example/posts");

        var answer = await messaging.Ask(HttpMethod.Post, Posts, body);

        (answer.Status, answer.Json.GetProperty("pointer").GetString()).ShouldBe((HttpStatusCode.BadRequest, place));
    }

    [Fact]
    public async Task Without_a_webhook_nothing_is_planned_and_another_post_under_a_known_id_is_refused()
    {
        await using var messaging = await Open(null);

        (await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2))).Json.GetProperty("code").GetString().ShouldBe("no-webhook");
        await messaging.Configure("https://bottega.example/posts");
        (await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 2))).Status.ShouldBe(HttpStatusCode.Created);
        var other = await messaging.Ask(HttpMethod.Post, Posts, Given("spring", 3));
        (other.Status, other.Json.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "id-taken"));
        (await messaging.Ask(HttpMethod.Post, Posts, Given(null, 3))).Json.GetProperty("id").GetString()!.Length.ShouldBe(16);
    }

    [Fact]
    public async Task The_secret_is_never_shown_lies_sealed_and_stays_until_another_is_given()
    {
        await using var receiver = await Receiver.Open();
        await using var messaging = await Open(receiver.Url);

        var shown = $$"""{"url":"{{receiver.Url}}","secret":"set","remindAfterDays":7}""";
        (await messaging.Ask(HttpMethod.Get, Settings)).Text.ShouldBe(shown);
        (await messaging.Ask(HttpMethod.Put, Settings, shown)).Version.ShouldBe("\"2\"");   // the days are said now, and the secret kept
        (await messaging.Configure(receiver.Url, days: 7)).Version.ShouldBe("\"2\"");   // the same secret given again is no change
        (await messaging.Dump()).ShouldNotContain(Secret[6..]);
        string.Join('\n', messaging.Logs.All).ShouldNotContain(Secret[6..]);

        (await messaging.Ask(HttpMethod.Put, Settings, "{}")).Text.ShouldBe("""{"url":null,"secret":null,"remindAfterDays":7}""");
        (await messaging.Ask(HttpMethod.Put, Settings, shown)).Errors.ShouldBe(["/secret required"]);   // it went with the address
        (await messaging.Ask(HttpMethod.Put, Settings, """{"url":"ftp://a.example","secret":"short","remindAfterDays":-1}""")).Errors
            .ShouldBe(["/secret invalid", "/remindAfterDays invalid"]);
        (await messaging.Ask(HttpMethod.Put, Settings, """{"url":"ftp://a.example"}""")).Errors.ShouldBe(["/url invalid"]);
        (await messaging.Ask(HttpMethod.Get, "/v1/settings/messaging")).Version.ShouldBe("\"0\"");   // those are others
    }

    private static string Given(string? id, int hours, string text = "Le tazze blu sono tornate.") => JsonSerializer.Serialize(new
    {
        id, networks = Networks, text, link = "https://bottega.example/tazze", at = Noon.AddHours(hours),
    });

    /// <summary>With a webhook's address and secret.</summary>
    private async Task<ServiceHost> Open(
        string? webhook, PublicAddresses? addresses = null, HttpStatusCode expected = HttpStatusCode.OK, IEnumerable<(string, string)>? settings = null)
    {
        var messaging = await ServiceHost.Open<Program>(
            postgres, MessagingService.Model, services => services.AddSingleton(addresses ?? new PublicAddresses(AnyAddress: true)),
            settings: [("Engagement:PublicUrl", "https://shop.example"), .. settings ?? []]);
        if (webhook is not null) (await messaging.Configure(webhook)).Status.ShouldBe(expected);
        return messaging;
    }

    /// <summary>Settings that point elsewhere than a shop could have them point: as where a name has changed its mind.</summary>
    private static async Task<ShopSettings> Kept(ServiceHost messaging, string url)
    {
        var known = (await messaging.Load<ShopSettings>(SocialSettings.StreamKey))!;
        return known with { Values = JsonSerializer.SerializeToElement(known.Read<SocialSettings>() with { Url = url }, StoredJson.Options) };
    }
}

internal sealed record SocialAnswer(HttpStatusCode Status, string? Location, string? Version, string Text)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Text);

    public IEnumerable<string> Errors =>
        Json.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("field").GetString()} {error.GetProperty("code").GetString()}");
}

internal static class SocialRequests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// <summary>As one of our own processes.</summary>
    public static async Task<SocialAnswer> Ask(this ServiceHost messaging, HttpMethod method, string path, string? body = null, string? ifMatch = null)
    {
        using var request = messaging.Sign(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (body?.Length > 100_000) request.Headers.ExpectContinue = true;   // or the refusal breaks the connection while the body is sent
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await messaging.Client.SendAsync(request);
        return new(answer.StatusCode, answer.Headers.Location?.ToString(), answer.Headers.ETag?.ToString(), await answer.Content.ReadAsStringAsync());
    }

    public static Task<SocialAnswer> Configure(this ServiceHost messaging, string url, int? days = null) =>
        messaging.Ask(HttpMethod.Put, "/v1/settings/social", JsonSerializer.Serialize(new { url, secret = Secret, remindAfterDays = days }));

    public static async Task Plan(this ServiceHost messaging, string id, DateTimeOffset at) =>
        (await messaging.Ask(HttpMethod.Post, "/v1/social-posts", $$"""{"id":"{{id}}","networks":["x"],"text":"Le tazze blu sono tornate.","at":"{{at:O}}"}""")).Status
            .ShouldBe(HttpStatusCode.Created);

    public static Task<PostShown> Post(this ServiceHost messaging, string id) => messaging.Get<PostShown>($"/v1/social-posts/{id}");

    public static async Task Pass(this ServiceHost messaging, int hours = 0, int minutes = 0)
    {
        messaging.Clock.Advance(new TimeSpan(hours, minutes, 0));
        await messaging.Drain();
    }
}
