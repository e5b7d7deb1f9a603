using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Shops;
using Engagement.Gateway.Tests.Intake;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Gateway.Tests;

/// <summary>What the Gateway answered.</summary>
internal sealed record Answer(HttpStatusCode Status, string? ContentType, string Text)
{
    /// <summary>What it says, whichever trace it belongs to.</summary>
    public string Words => Regex.Replace(Text, "\"traceId\":\"[^\"]*\"", "");

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Text);
}

/// <summary>A shop that publishes over HTTP, at <see cref="Shop.Noon"/>.</summary>
internal static class Publishing
{
    public const string Key = "eng_a-key-of-demo";
    public const string OtherKey = "eng_a-key-of-other";
    public const string AdminKey = "the installation's own key";

    public static async Task<ServiceHost> Open(
        PostgresFixture postgres, string environment = "Testing", Action<IServiceCollection>? services = null, params (string Name, string Value)[] settings)
    {
        var gateway = await ServiceHost.Open<Program>(postgres, GatewayService.Model, services, environment, [("Engagement:AdminKey", AdminKey), .. settings]);
        gateway.Clock.AdvanceTo(Shop.Noon);
        await gateway.Store(ApiKeys.Of(Key, ServiceHost.Tenant, "tests", Shop.Noon, Scopes.All), ApiKeys.Registry);
        await gateway.Store(ApiKeys.Of(OtherKey, "other", "tests", Shop.Noon, Scopes.All), ApiKeys.Registry);
        return gateway;
    }

    /// <summary>One event of each type that Orders owns, under ids of their own.</summary>
    public static JsonObject[] OneOfEach() => [.. EventTypes.All.Where(type => type.Owner == "orders").Select((type, i) => Event(type.Name, $"e-{i}"))];

    public static JsonObject Event(string type, string id) => Shop.Event(type).With("/id", $"\"{id}\"");

    public static Task<Answer> Publish(this ServiceHost gateway, params JsonObject[] events) => gateway.PublishAs(Key, events);

    public static Task<Answer> PublishAs(this ServiceHost gateway, string? key, params JsonObject[] events) =>
        gateway.Post(new StringContent(new JsonArray([.. events.Select(e => e.DeepClone())]).ToJsonString(), Encoding.UTF8, CloudEventsReader.Batch), key);

    public static async Task<Answer> Post(this ServiceHost gateway, HttpContent body, string? key = Key, Action<HttpRequestMessage>? adjust = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = body };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        adjust?.Invoke(request);
        using var answer = await gateway.Client.SendAsync(request);
        return new Answer(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Calls the API with a key; what is to be sent is an object of JSON's shape.</summary>
    public static async Task<Answer> Call(this ServiceHost gateway, HttpMethod method, string path, object? body = null, string? key = Key)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType()) };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await gateway.Client.SendAsync(request);
        return new Answer(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync());
    }

    public static Answer Then(this Answer answer, HttpStatusCode status)
    {
        answer.Status.ShouldBe(status, answer.Text);
        return answer;
    }

    /// <summary>A property of the answer, as text.</summary>
    public static string? Get(this Answer answer, string name) => answer.Json.GetProperty(name).ToString();

    /// <summary>Where and what is wrong: <c>/name required</c>.</summary>
    public static string[] Fields(this Answer answer) =>
        [.. answer.Json.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("field")} {e.GetProperty("code")}")];

    public static void ThenTaken(this Answer answer, int accepted, int repeats)
    {
        answer.Status.ShouldBe(HttpStatusCode.Accepted, answer.Text);
        answer.Text.ShouldBe($$"""{"accepted":{{accepted}},"repeats":{{repeats}}}""");
    }

    /// <summary>Problem details, which say nothing but what they should.</summary>
    public static Answer ThenProblem(this Answer answer, HttpStatusCode status)
    {
        answer.Status.ShouldBe(status, answer.Text);
        answer.ContentType.ShouldBe("application/problem+json");
        answer.Json.GetProperty("status").GetInt32().ShouldBe((int)status);
        return answer;
    }

    /// <summary>Where and what is wrong: <c>1 /data/order required</c>.</summary>
    public static string[] Errors(this Answer answer) =>
        [.. answer.Json.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("index")} {e.GetProperty("field")} {e.GetProperty("code")}")];

    /// <summary>How many events are remembered, and how many messages went to Orders and to Messaging.</summary>
    public static async Task<(long Seen, long Facts, long Contacts)> Stored(this ServiceHost gateway) => (
        await gateway.Scalar<long>("select count(*) from gateway.mt_doc_seenevent where data ->> 'Hash' <> ''"),   // who is whom is remembered there as well
        await gateway.Scalar<long>("select count(*) from bus.orders"),
        await gateway.Scalar<long>("select count(*) from bus.messaging"));
}
