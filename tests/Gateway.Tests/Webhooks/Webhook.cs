using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Webhooks;
using Engagement.Gateway.Tests.Intake;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Gateway.Tests.Webhooks;

/// <summary>A shop's systems, which sign what they send.</summary>
internal static class Webhook
{
    public const string Secret = "a secret of the shop's system";
    public const string Domain = "bottega.myshopify.example";
    public const string CustomSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    public static readonly DateTimeOffset Connected = Shop.Noon.AddDays(-10);

    /// <summary>A Gateway to which the demo shop has connected everything.</summary>
    public static async Task<ServiceHost> Open(PostgresFixture postgres, params (string Name, string Value)[] settings)
    {
        var gateway = await Publishing.Open(postgres, settings: settings);
        foreach (var vendor in Vendor.All)
            await gateway.Services.GetRequiredService<WebhookSources>().Set(vendor.Name, ServiceHost.Tenant, [vendor is SignedByStandard ? CustomSecret : Secret],
                default);
        return gateway;
    }

    public static Task<Answer> Shopify(this ServiceHost gateway, string topic, JsonNode body, string shop = ServiceHost.Tenant, string secret = Secret,
        string domain = Domain) => gateway.Send("shopify", shop, Encoding.UTF8.GetBytes(body.ToJsonString()), topic, secret, domain);

    public static Task<Answer> Woo(this ServiceHost gateway, string topic, JsonNode body) =>
        gateway.Send("woocommerce", ServiceHost.Tenant, Encoding.UTF8.GetBytes(body.ToJsonString()), topic, Secret);

    public static Task<Answer> Send(this ServiceHost gateway, string vendor, string shop, byte[] body, string? topic, string? secret = Secret,
        string domain = Domain) =>
        gateway.Post($"/v1/webhooks/{vendor}/{shop}", body, "application/json", headers =>
        {
            var prefix = vendor == "shopify" ? "X-Shopify-" : "X-WC-Webhook-";
            if (topic is not null) headers.Add($"{prefix}Topic", topic);
            if (secret is not null)
                headers.Add(vendor == "shopify" ? "X-Shopify-Hmac-Sha256" : "X-WC-Webhook-Signature",
                    Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
            if (vendor == "shopify") headers.TryAddWithoutValidation("X-Shopify-Shop-Domain", domain);
            headers.Add(vendor == "shopify" ? "X-Shopify-Webhook-Id" : "X-WC-Webhook-Delivery-ID", "the-same-every-time");
        });

    public static Task<Answer> Custom(
        this ServiceHost gateway, string body, string id = "msg_1", string contentType = CloudEventsReader.Structured, string[]? secrets = null,
            DateTimeOffset? at = null, string shop = ServiceHost.Tenant, string vendor = "custom")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var time = at ?? gateway.Real.GetUtcNow();
        return gateway.Post($"/v1/webhooks/{vendor}/{shop}", bytes, contentType, headers =>
        {
            headers.Add(StandardWebhooks.IdHeader, id);
            headers.Add(StandardWebhooks.TimestampHeader, time.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
            headers.Add(StandardWebhooks.SignatureHeader, StandardWebhooks.Sign(secrets ?? [CustomSecret], id, time, bytes));
        });
    }

    public static async Task<Answer> Post(this ServiceHost gateway, string path, byte[] body, string? contentType,
        Action<HttpRequestHeaders>? headers = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        headers?.Invoke(request.Headers);
        using var answer = await gateway.Client.SendAsync(request);
        return new Answer(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync());
    }

    public static Task<Answer> AsShop(this ServiceHost gateway, HttpMethod method, string path, string? json = null, string key = Publishing.Key) =>
        gateway.Post(path, Encoding.UTF8.GetBytes(json ?? ""), json is null ? null : "application/json", headers =>
            headers.Authorization = new AuthenticationHeaderValue("Bearer", key), method);

    public static void ThenOk(this Answer answer, int accepted, int repeats = 0)
    {
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Text);
        answer.Text.ShouldBe($$"""{"accepted":{{accepted}},"repeats":{{repeats}}}""");
    }

    /// <summary>What is found in a webhook, without a Gateway around it.</summary>
    public static (IReadOnlyList<Finding> Found, FaultList Faults) Read(string vendor, string topic, JsonNode body, DateTimeOffset? connected = null,
        string? host = Domain)
    {
        var faults = new FaultList();
        var found = new Findings(vendor, topic, new ReadingContext(Shop.Noon, false, email => new CustomerId($"guest-{email.ToUpperInvariant()}")), connected
            ?? Connected) { ShopHost = host };
        using var json = JsonDocument.Parse(body.ToJsonString());
        ((ShopSystem)Vendor.Find(vendor)!).Topic(topic)!.Read!(Fields.Of(json.RootElement, Pointer.Event, faults)!.Value, found);
        return (found.Found, faults);
    }

    /// <summary>The same as text to approve: under which id each is remembered, the facts for the owners, and what would be sealed.</summary>
    public static string Written(string vendor, string topic, JsonNode body, DateTimeOffset? connected = null)
    {
        var (found, faults) = Read(vendor, topic, body, connected);
        faults.Refuse().Faults.ShouldBeEmpty();
        List<string> lines = [];
        foreach (var finding in found)
        {
            lines.Add(finding.Id);
            if (finding.Fact is { } fact) lines.Add($"  {fact.GetType().Name} {JsonSerializer.Serialize(fact, fact.GetType(), StoredJson.Options)}");
            if (finding.Contact is { } contact)
                lines.Add($"  sealed {JsonSerializer.Serialize(contact, StoredJson.Options)} as of {finding.Reported.OccurredAt:O}");
        }

        return string.Concat(lines.Select(line => line + "\n"));
    }
}
