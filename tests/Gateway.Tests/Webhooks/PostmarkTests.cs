using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Tests.Intake;
using Engagement.Testing;

namespace Engagement.Gateway.Tests.Webhooks;

/// <summary>The records are those of Postmark's documentation, with our metadata.</summary>
public sealed class PostmarkTests(PostgresFixture postgres)
{
    private const string Id = "thank-you.order-1001.demo@demo.example";

    private static readonly DateTimeOffset Then = new(2019, 11, 5, 16, 33, 54, TimeSpan.Zero);
    private static readonly Reported At = new(Then.AddTicks(9070259), Shop.Noon);

    [Fact]
    public async Task What_became_of_mails_goes_to_Messaging_by_the_Message_ID_that_hangs_on_them()
    {
        await using var gateway = await Webhook.Open(postgres);

        (await Tell(gateway, Delivery())).ThenOk(accepted: 1);
        (await Tell(gateway, Bounce())).ThenOk(accepted: 1);
        (await Tell(gateway, SpamComplaint())).ThenOk(accepted: 1);
        (await Tell(gateway, SubscriptionChange().With("/SuppressionReason", "\"SpamComplaint\""))).ThenOk(accepted: 1);

        await ThenTold(
            gateway, new(Id, MessageFate.Delivered, false, null, At), new(Id, MessageFate.Bounced, true, null, At),
            new(Id, MessageFate.Complained, false, null, At),
            new(Id, MessageFate.Complained, false, null, new(new DateTimeOffset(2020, 2, 1, 10, 53, 34, TimeSpan.Zero).AddTicks(4160710), Shop.Noon)));
    }

    [Theory]
    [InlineData("HardBounce", true, true)]
    [InlineData("BadEmailAddress", false, true)]
    [InlineData("SoftBounce", false, false)]
    [InlineData("Transient", false, false)]
    [InlineData("Blocked", false, false)]
    [InlineData("SMTPApiError", true, true)]
    [InlineData("of a later version", false, false)]
    public async Task A_bounce_is_for_good_where_Postmark_says_so_or_closes_the_address(string type, bool inactive, bool permanent)
    {
        await using var gateway = await Webhook.Open(postgres);
        var details = "smtp;550 5.1.1 The email account john@example.com from 10.5.1.2 does not exist (4.4.4.4).";

        (await Tell(gateway, Bounce().With("/Type", $"\"{type}\"").With("/Inactive", inactive ? "true" : "false").With("/Details", $"\"{details}\"")))
            .ThenOk(accepted: 1);

        await ThenTold(gateway, new ReportMessage(Id, MessageFate.Bounced, permanent, "5.1.1", At));
        (await gateway.Dump()).ShouldNotContain("john@example.com");
    }

    [Fact]
    public async Task A_long_Message_ID_comes_in_pieces_and_what_comes_again_is_a_repeat()
    {
        await using var gateway = await Webhook.Open(postgres);
        var id = $"{new string('k', 120)}.demo@{new string('d', 60)}.example";
        var record = Delivery();
        record["Metadata"] = new JsonObject
        {
            ["engagement-1"] = id[..80], ["engagement-2"] = id[80..160], ["engagement-3"] = id[160..], ["a_key"] = "a_value",
        };

        (await Tell(gateway, record)).ThenOk(accepted: 1);
        (await Tell(gateway, record)).ThenOk(accepted: 1, repeats: 1);

        await ThenTold(gateway, new ReportMessage(id, MessageFate.Delivered, false, null, At));
    }

    [Fact]
    public async Task What_is_not_ours_and_what_we_do_not_keep_is_answered_and_forgotten()
    {
        await using var gateway = await Webhook.Open(postgres);

        foreach (var record in new[]
        {
            Delivery().With("/Metadata", """{"a_key": "a_value"}"""), Delivery().With("/Metadata", "null"), Delivery().With("/RecordType", "\"Open\""),
            Bounce().With("/Type", "\"AutoResponder\""), SubscriptionChange(), SubscriptionChange().With("/SuppressSending", "false"),
        })
            (await Tell(gateway, record)).ThenOk(accepted: 0);

        (await gateway.SentTo("messaging")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_wrong_is_refused_with_its_place()
    {
        await using var gateway = await Webhook.Open(postgres);

        foreach (var (pointer, json, code) in new[]
        {
            ("/RecordType", "null", "required"), ("/RecordType", "7", "wrong_type"), ("/Type", "null", "required"),
            ("/BouncedAt", "\"yesterday\"", "not_a_time"), ("/Metadata", "[]", "wrong_type"), ("/Metadata/engagement-1", "\"a b\"", "not_a_message_id"), ("/Inactive", "\"very\"", "wrong_type"),
        })
        {
            var record = pointer == "/Inactive" ? Bounce().With("/Type", "\"SoftBounce\"") : Bounce();
            (await Tell(gateway, record.With(pointer, json))).ThenProblem(HttpStatusCode.BadRequest).Errors().ShouldBe([$" {pointer} {code}"], pointer);
        }

        foreach (var body in new[] { "", "{", "[]", "7" }) (await Tell(gateway, body)).ThenProblem(HttpStatusCode.BadRequest);
        (await gateway.SentTo("messaging")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_a_webhook_whose_URL_has_the_shop_s_secret_as_its_password_is_believed()
    {
        const string Secret = "k3yOfThePostmark-webhook_1";
        await using var gateway = await Webhook.Open(postgres);
        foreach (var secret in new[] { "short", new string(' ', 30), "no:colons/in-the-URL,please-at-all" })
            (await gateway.AsShop(HttpMethod.Put, "/v1/webhooks/postmark/secrets", $$"""{"secrets": ["{{secret}}"]}""")).ThenProblem(HttpStatusCode.BadRequest);
        (await gateway.AsShop(HttpMethod.Put, "/v1/webhooks/postmark/secrets", $$"""{"secrets": ["{{Secret}}"]}""")).Status.ShouldBe(HttpStatusCode.NoContent);
        string Basic(string text) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}";

        foreach (var header in new[]
        {
            null, "Basic", "Basic ?", Basic(""), Basic(":"), Basic($"{Secret}:"), Basic($"postmark:{Secret} "), Basic($"postmark:{Webhook.Secret}"),
            $"Bearer {Secret}",
        })
            (await Tell(gateway, Delivery().ToJsonString(), header)).ThenProblem(HttpStatusCode.Unauthorized);
        (await Tell(gateway, Delivery().ToJsonString(), Basic($"whoever:{Secret}"))).ThenOk(accepted: 1);
    }

    private static Task<Answer> Tell(ServiceHost gateway, JsonObject record) => Tell(gateway, record.ToJsonString());

    private static Task<Answer> Tell(ServiceHost gateway, string body) =>
        Tell(gateway, body, $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"postmark:{Webhook.Secret}"))}");

    private static Task<Answer> Tell(ServiceHost gateway, string body, string? authorization) => gateway.Post(
        $"/v1/webhooks/postmark/{ServiceHost.Tenant}", Encoding.UTF8.GetBytes(body), "application/json", headers =>
        {
            if (authorization is not null) headers.TryAddWithoutValidation("Authorization", authorization);
        });

    private static async Task ThenTold(ServiceHost gateway, params ReportMessage[] expected) =>
        Spec.Written((await gateway.SentTo("messaging")).Select(queued => queued.Message)).ShouldBe(Spec.Written(expected));

    private static JsonObject Delivery() => Record(
        """
        {"RecordType": "Delivery", "ServerID": 23, "MessageStream": "outbound", "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
         "Recipient": "john@example.com", "Tag": "welcome-email", "DeliveredAt": "2019-11-05T16:33:54.9070259Z", "Details": "Test delivery webhook details"}
        """);

    private static JsonObject Bounce() => Record(
        """
        {"RecordType": "Bounce", "MessageStream": "outbound", "ID": 4323372036854775807, "Type": "HardBounce", "TypeCode": 1, "Name": "Hard bounce",
         "Tag": "Test", "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "ServerID": 23,
         "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).", "Details": "Test bounce details",
         "Email": "john@example.com", "From": "sender@example.com", "BouncedAt": "2019-11-05T16:33:54.9070259Z", "DumpAvailable": true, "Inactive": true,
         "CanActivate": true, "Subject": "Test subject", "Content": "<Full dump of bounce>"}
        """);

    private static JsonObject SpamComplaint() => Record(
        """
        {"RecordType": "SpamComplaint", "MessageStream": "outbound", "ID": 42, "Type": "SpamComplaint", "TypeCode": 512, "Name": "Spam complaint",
         "Tag": "Test", "MessageID": "00000000-0000-0000-0000-000000000000", "ServerID": 1234, "Description": "", "Details": "Test spam complaint details",
         "Email": "john@example.com", "From": "sender@example.com", "BouncedAt": "2019-11-05T16:33:54.9070259Z", "DumpAvailable": true, "Inactive": true,
         "CanActivate": false, "Subject": "Test subject", "Content": "<Abuse report dump>"}
        """);

    private static JsonObject SubscriptionChange() => Record(
        """
        {"RecordType": "SubscriptionChange", "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "ServerID": 123456, "MessageStream": "outbound",
         "ChangedAt": "2020-02-01T10:53:34.416071Z", "Recipient": "bounced-address@example.com", "Origin": "Recipient", "SuppressSending": true,
         "SuppressionReason": "HardBounce", "Tag": "my-tag"}
        """);

    private static JsonObject Record(string json)
    {
        var record = JsonNode.Parse(json)!.AsObject();
        record["Metadata"] = new JsonObject { ["a_key"] = "a_value", ["engagement-1"] = Id };
        return record;
    }
}
