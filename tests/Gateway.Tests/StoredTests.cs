using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Outgoing;
using Engagement.Gateway.Shops;
using Engagement.Gateway.Webhooks;
using Engagement.Testing;

namespace Engagement.Gateway.Tests;

/// <summary>What lies in the store.</summary>
public class StoredTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private static readonly Uri Url = new("https://shop.example/hooks");

    private static readonly object[] Samples =
    [
        new RegisteredShop("demo", Noon),
        new ApiKey("5e884898da28047151d0e56f8dc62927", "demo", "development", Noon)
        {
            Prefix = "eng_Ab3dE6", Scopes = Scopes.All, ExpiresAt = Noon.AddDays(1), RevokedAt = Noon.AddHours(1), IsDeclared = true,
        },
        new KeyUse("5e884898da28047151d0e56f8dc62927", Noon),
        new WebhookEndpointCreated(Url, ["cart.abandoned"], "Till", "c2VhbGVk", Noon),
        new WebhookEndpointChanged(Url, [], null, Noon),
        new WebhookSecretRotated("c2VhbGVk", Noon.AddDays(1), Noon),
        new WebhookEndpointDisabled("gone", Noon),
        new WebhookEndpointEnabled(Noon),
        new WebhookEndpointDeleted(Noon),
        new WebhookDelivery("msg_1", "e1", "cart.abandoned", Noon, "{}")
        {
            State = WebhookState.GivenUp, Attempts = 10, LastStatus = 502, LastError = "http 502", LastMilliseconds = 12.5, LastAttemptAt = Noon,
        },
        new WebhookToSend("msg_1", "e1"),
        new SeenEvent("c291cmNlIGFuZCBpZA==", "Ym9keQ=="),
        new WebhookSource("shopify/demo", "demo", "shopify", new Sealed("c2VhbGVk"), Noon),
        new KeptWebhook("c2lnbmF0dXJl", "shopify", "customers/redact", new CustomerId("c-1"), new Sealed("c2VhbGVk"), Noon, Noon.AddDays(30), [new("c-1"), new("guest-1")]),
    ];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_earlier_shapes_still_read(string name) => StoredShapes.Match(Samples.Single(sample => sample.GetType().Name == name));

    [Fact]
    public void Every_event_and_document_is_approved() => StoredShapes.MatchAll(
        [
            .. StoredShapes.EventsOf<WebhookEndpoint>(), typeof(WebhookDelivery), typeof(WebhookToSend), typeof(RegisteredShop), typeof(ApiKey), typeof(KeyUse),
            typeof(SeenEvent), typeof(WebhookSource), typeof(KeptWebhook),
        ],
        Samples);
}
