using System.Text;

namespace Engagement.ServiceDefaults.Tests;

public sealed class StandardWebhooksTests
{
    // The specification's own vector.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Time = "1614265330";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1614265330);
    private static readonly byte[] Body = """{"test": 2432232314}"""u8.ToArray();

    [Fact]
    public void Signs_and_verifies_the_vector_of_the_specification()
    {
        StandardWebhooks.Sign([Secret], Id, At, Body).ShouldBe(Signature);
        Verify().ShouldBe(WebhookCheck.Valid);
    }

    [Fact]
    public void While_a_secret_is_replaced_both_sign_and_either_verifies()
    {
        var next = StandardWebhooks.NewSecret();
        var header = StandardWebhooks.Sign([next, Secret], Id, At, Body);

        header.Split(' ').Length.ShouldBe(2);
        Verify(signatures: header).ShouldBe(WebhookCheck.Valid);
        Verify([next], signatures: header).ShouldBe(WebhookCheck.Valid);
        Verify([StandardWebhooks.NewSecret(), next], signatures: header).ShouldBe(WebhookCheck.Valid);
        Verify([StandardWebhooks.NewSecret()], signatures: header).ShouldBe(WebhookCheck.WrongSignature);
    }

    [Fact]
    public void What_was_changed_or_signed_otherwise_is_refused()
    {
        Verify(body: """{"test": 2432232315}"""u8.ToArray()).ShouldBe(WebhookCheck.WrongSignature);
        Verify(id: "msg_another").ShouldBe(WebhookCheck.WrongSignature);
        Verify(time: "1614265331").ShouldBe(WebhookCheck.WrongSignature);
        Verify(signatures: Signature.Replace("v1,", "v2,", StringComparison.Ordinal)).ShouldBe(WebhookCheck.WrongSignature);
        Verify(signatures: "v1,").ShouldBe(WebhookCheck.WrongSignature);
        Verify(signatures: $"v1a,ed25519 {Signature}").ShouldBe(WebhookCheck.Valid);
        Verify([]).ShouldBe(WebhookCheck.WrongSignature);
    }

    [Theory]
    [InlineData(null, Time, Signature)]
    [InlineData("", Time, Signature)]
    [InlineData(Id, null, Signature)]
    [InlineData(Id, "yesterday", Signature)]
    [InlineData(Id, "-1614265330", Signature)]
    [InlineData(Id, "1614265330.5", Signature)]
    [InlineData(Id, "99999999999999999999999", Signature)]
    [InlineData(Id, Time, null)]
    public void Headers_that_cannot_be_read_are_malformed(string? id, string? time, string? signatures) =>
        StandardWebhooks.Verify([Secret], id, time, signatures, Body, At).ShouldBe(WebhookCheck.Malformed);

    [Fact]
    public void Five_minutes_either_way_are_borne_and_no_second_more()
    {
        Verify(now: At.AddMinutes(5)).ShouldBe(WebhookCheck.Valid);
        Verify(now: At.AddMinutes(-5)).ShouldBe(WebhookCheck.Valid);
        Verify(now: At.AddMinutes(5).AddSeconds(1)).ShouldBe(WebhookCheck.OutOfTime);
        Verify(now: At.AddMinutes(-5).AddSeconds(-1)).ShouldBe(WebhookCheck.OutOfTime);
        Verify(time: "9223372036854775807").ShouldBe(WebhookCheck.OutOfTime);
    }

    [Fact]
    public void A_secret_is_24_to_64_bytes_in_base64()
    {
        StandardWebhooks.IsSecret(StandardWebhooks.NewSecret()).ShouldBeTrue();
        StandardWebhooks.NewSecret().ShouldNotBe(StandardWebhooks.NewSecret());
        StandardWebhooks.IsSecret(Secret["whsec_".Length..]).ShouldBeTrue();
        foreach (var (bytes, valid) in new[] { (23, false), (24, true), (64, true), (65, false) })
            StandardWebhooks.IsSecret($"whsec_{Convert.ToBase64String(new byte[bytes])}").ShouldBe(valid, $"{bytes} bytes");
        foreach (var none in new[] { null, "", "whsec_", "whsec_not base64!", Encoding.ASCII.GetString(new byte[32]) })
        {
            StandardWebhooks.IsSecret(none).ShouldBeFalse(none);
            Should.Throw<ArgumentException>(() => StandardWebhooks.Sign([none!], Id, At, Body));
        }

        Should.Throw<ArgumentException>(() => StandardWebhooks.Sign([], Id, At, Body));
    }

    private static WebhookCheck Verify(
        string[]? secrets = null, string id = Id, string time = Time, string signatures = Signature, byte[]? body = null, DateTimeOffset? now = null) =>
        StandardWebhooks.Verify(secrets ?? [Secret], id, time, signatures, body ?? Body, now ?? At);
}
