using System.Net;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Tests.Intake;
using Engagement.Gateway.Webhooks.Provider;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Gateway.Tests.Webhooks;

public sealed class MailProviderTests(PostgresFixture postgres)
{
    private const string Id = "thank-you.order-1001.demo@demo.example";

    private static readonly Reported Now = new(Shop.Noon, Shop.Noon);

    [Fact]
    public async Task What_became_of_mails_goes_to_Messaging_one_or_many_at_once_with_angle_brackets_or_without()
    {
        await using var gateway = await Webhook.Open(postgres);

        (await Report(gateway, $$"""{"type": "delivered", "messageId": "<{{Id}}>", "at": "2026-01-15T12:59:00+01:00"} """)).ThenTaken(accepted: 1, repeats: 0);
        (await Report(gateway, $$"""
             [{"type": "bounced", "messageId": "{{Id}}", "permanent": true, "code": "5.1.1"}, {"type": "bounced", "messageId": "cart-reminder/cart-1"},
              {"type": "complained", "messageId": "{{Id}}", "permanent": null, "code": "", "at": null, "provider": {"any": "thing"} }]
            """, "msg_2")).ThenTaken(accepted: 3, repeats: 0);

        await Told(
            gateway,
            new ReportMessage(Id, MessageFate.Delivered, false, null, Now with { OccurredAt = Shop.Noon.AddMinutes(-1) }),
            new ReportMessage(Id, MessageFate.Bounced, true, "5.1.1", Now), new ReportMessage("cart-reminder/cart-1", MessageFate.Bounced, false, null, Now),
            new ReportMessage(Id, MessageFate.Complained, false, null, Now));
    }

    [Fact]
    public async Task A_repeat_is_told_once_and_an_id_with_another_body_is_refused()
    {
        await using var gateway = await Webhook.Open(postgres);
        var bounced = $$"""{"type": "bounced", "messageId": "{{Id}}", "permanent": true} """;

        (await Report(gateway, bounced)).ThenTaken(accepted: 1, repeats: 0);
        (await Report(gateway, bounced)).ThenTaken(accepted: 1, repeats: 1);
        (await Report(gateway, bounced, "msg_2")).ThenTaken(accepted: 1, repeats: 1);
        (await Report(gateway, $"[{bounced}]")).ThenProblem(HttpStatusCode.Conflict);
        (await Report(gateway, "[]", "msg_3")).ThenTaken(accepted: 0, repeats: 0);

        (await gateway.SentTo("messaging")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_wrong_in_one_place_is_refused_whole_with_that_place()
    {
        await using var gateway = await Webhook.Open(postgres);
        async Task<string[]> Faults(string body) => (await Report(gateway, body)).ThenProblem(HttpStatusCode.BadRequest).Errors();
        JsonObject Good() => new() { ["type"] = "bounced", ["messageId"] = Id };

        foreach (var (pointer, json, code) in new[]
        {
            ("/type", "null", "required"), ("/type", "\"opened\"", "unknown_name"), ("/type", "7", "wrong_type"), ("/messageId", "null", "required"),
            ("/messageId", "\"<>\"", "not_a_message_id"), ("/messageId", "\"a b@c\"", "not_a_message_id"), ("/messageId", "{}", "wrong_type"),
            ("/messageId", $"\"{new string('x', 501)}\"", "too_long"), ("/permanent", "\"very\"", "wrong_type"), ("/code", "\"550\"", "not_a_status"),
            ("/code", "\"5.1.1\\u0000\"", "control_character"), ("/at", "\"yesterday\"", "not_a_time"), ("/at", "\"2026-01-15T12:06:00Z\"", "in_the_future"),
        })
        {
            (await Faults(Good().With(pointer, json).ToJsonString())).ShouldContain($" {pointer} {code}");
            (await Faults(new JsonArray(Good(), Good().With(pointer, json)).ToJsonString())).ShouldContain($"1 {pointer} {code}");
        }

        foreach (var body in new[] { "", "{", "7", "null", "[null]", "[[]]", "\"text\"", "{\"type\":\"bounced\",\"type\":\"bounced\"}" })
            (await Report(gateway, body)).ThenProblem(HttpStatusCode.BadRequest);
        (await Faults($"[{string.Join(',', Enumerable.Repeat(Good().ToJsonString(), MailProvider.MostReports + 1))}]")).ShouldBe(["  too_many"]);
        (await gateway.SentTo("messaging")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_who_has_the_shop_s_secret_of_its_provider_is_believed()
    {
        await using var gateway = await Webhook.Open(postgres);
        var body = $$"""{"type": "complained", "messageId": "{{Id}}"} """;
        var other = StandardWebhooks.NewSecret();

        (await gateway.Custom(body, contentType: "application/json", vendor: "provider", secrets: [other])).ThenProblem(HttpStatusCode.Unauthorized);
        (await gateway.AsShop(HttpMethod.Put, "/v1/webhooks/provider/secrets", $$"""{"secrets": ["{{other}}"]}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await gateway.Custom(body, contentType: "application/json", vendor: "provider", secrets: [other])).ThenTaken(accepted: 1, repeats: 0);
        (await Report(gateway, body)).ThenProblem(HttpStatusCode.Unauthorized);
    }

    private static Task<Answer> Report(ServiceHost gateway, string body, string id = "msg_1") =>
        gateway.Custom(body, id, "application/json", vendor: "provider");

    private static async Task Told(ServiceHost gateway, params ReportMessage[] expected) =>
        Spec.Written((await gateway.SentTo("messaging")).Select(queued => queued.Message)).ShouldBe(Spec.Written(expected));
}
