using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;

namespace Engagement.EndToEnd.Tests.Running;

/// <summary>A shop's own system, that publishes to Engagement and asks it.</summary>
public sealed class Shop : IDisposable
{
    private readonly HttpClient http;

    internal Shop(Uri url, string key) => http = new HttpClient
    {
        BaseAddress = url,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
        Timeout = TimeSpan.FromMinutes(5),
    };

    public Task PublishAsync(params JsonObject[] events) => PublishAsync(null, events);

    /// <summary>Publishes as a part of the caller's trace.</summary>
    public async Task PublishAsync(string? traceparent, params JsonObject[] events)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events")
        {
            Content = new StringContent(new JsonArray(events).ToJsonString(), new MediaTypeHeaderValue("application/cloudevents-batch+json")),
        };
        if (traceparent is not null)
            request.Headers.Add("traceparent", traceparent);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Tells by Shopify's webhook, signed with the secret that the demo shop has in development.</summary>
    public async Task ShopifyAsync(string topic, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/webhooks/shopify/demo") { Content = new ByteArrayContent(bytes) };
        request.Headers.Add("X-Shopify-Topic", topic);
        request.Headers.Add("X-Shopify-Hmac-Sha256", Convert.ToBase64String(HMACSHA256.HashData("demo-webhook-secret"u8, bytes)));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Tells as a provider of mail, signed with the secret that the demo shop has in development.</summary>
    public async Task ReportAsync(string type, string messageId)
    {
        var (id, body, at) = (Guid.NewGuid().ToString(), new JsonObject { ["type"] = type, ["messageId"] = messageId }.ToJsonString(),
            TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var signature = HMACSHA256.HashData("demo-webhook-secret-demo"u8, Encoding.UTF8.GetBytes($"{id}.{at}.{body}"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/webhooks/provider/demo") { Content = new StringContent(body) };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", at.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(signature)}");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>As a mail program does for its reader (RFC 8058): without a key.</summary>
    public async Task OneClickAsync(string url)
    {
        using var program = new HttpClient();
        using var form = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
        using var answer = await program.PostAsync(new Uri(url), form, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    public async Task<JsonElement> GetAsync(string path) => await http.GetFromJsonAsync<JsonElement>(path, TestContext.Current.CancellationToken);

    /// <summary>A page as its customer's browser gets it: without a key.</summary>
    public async Task<string> PageAsync(string path)
    {
        using var browser = new HttpClient { BaseAddress = http.BaseAddress };
        return await browser.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
    }

    public async Task<JsonElement> PostAsync(string path, object body, HttpStatusCode expected)
    {
        using var answer = await http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(expected);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    /// <summary>A page's form as its customer's browser sends it: without a key.</summary>
    public async Task AnswerAsync(string path, params (string Name, string Value)[] fields)
    {
        using var browser = new HttpClient();
        using var form = new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value));
        using var answer = await browser.PostAsync(new Uri(http.BaseAddress!, path), form, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    public async Task<HttpStatusCode> PutAsync(string path, object body)
    {
        using var answer = await http.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public async Task DeleteAsync(string path) => (await http.DeleteAsync(path, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

    public Task<JsonElement> OrderAsync(string order) => GetAsync($"/v1/orders/{order}");

    public async Task<List<JsonElement>> MessagesAsync(string order) => [.. (await GetAsync($"/v1/messages?subject=order/{order}")).EnumerateArray()];

    /// <summary>What people have to do about an order.</summary>
    public async Task<List<JsonElement>> StaffTasksAsync(string order) =>
        [.. (await GetAsync("/v1/staff-tasks?limit=1000")).EnumerateArray().Where(task => task.Text("subject") == $"order/{order}")];

    public async Task<DateTimeOffset> ClockAsync() => (await GetAsync("/dev/clock")).GetProperty("now").GetDateTimeOffset();

    /// <summary>Sets the clock of the domain.</summary>
    public Task<HttpStatusCode> SetClockAsync(DateTimeOffset now) => PostAsync("/dev/clock", new { now });

    /// <summary>Moves the clock of the domain on; what falls due on the way is done when this returns.</summary>
    public async Task AdvanceClockAsync(TimeSpan by) => (await PostAsync("/dev/clock/advance", new { by = XmlConvert.ToString(by) })).ShouldBe(HttpStatusCode.OK);

    public void Dispose() => http.Dispose();

    public async Task<HttpStatusCode> PostAsync(string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}

internal static class JsonText
{
    public static string? Text(this JsonElement json, string name) => json.GetProperty(name).GetString();
}
