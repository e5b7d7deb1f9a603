using System.Net;
using System.Text;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.Testing;
using Microsoft.AspNetCore.Http;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>Events whose attributes are headers.</summary>
public sealed class BinaryModeTests(PostgresFixture postgres)
{
    private static readonly Dictionary<string, string> Headers = new()
    {
        ["ce-specversion"] = "1.0", ["ce-id"] = "e-1", ["ce-source"] = "/shops/demo", ["ce-type"] = "order.delivered", ["CE-Time"] = "2026-01-15T11:59:00Z",
    };

    [Fact]
    public void An_event_whose_attributes_are_headers_is_what_it_would_be_in_one_piece()
    {
        var fact = Read("""{"order": "1001"}""").ThenFact<ConfirmDelivery>();
        fact.ShouldBe(Shop.Publish(Shop.Event("order.delivered").With("/time", "\"2026-01-15T11:59:00Z\"")).ThenFact<ConfirmDelivery>());
        Read("""{"order": "1001"}""", contentType: null).ThenFact<ConfirmDelivery>().ShouldBe(fact);
        Read("""{"order": "1001"}""", headers: new() { ["ce-backfill"] = "true" }).ThenFact<ConfirmDelivery>().Reported.Backfill.ShouldBeTrue();
    }

    [Theory]
    [InlineData("e-1", "e-1")]
    [InlineData("caff%C3%A8%20%E2%98%95", "caffè ☕")]
    [InlineData("100%25", "100%")]
    [InlineData("100%", "100%")]
    [InlineData("\"a \\\"quoted\\\" id\"", "a \"quoted\" id")]
    [InlineData("\"%22\"", "\"")]
    public void Headers_are_percent_decoded_once(string header, string id) =>
        Read("""{"order": "1"}""", headers: new() { ["ce-id"] = header }).ThenTaken()[0].Id.ShouldBe(id);

    [Theory]
    [InlineData("ce-id", "%C3%28", "/id invalid_utf8")]
    [InlineData("ce-id", "%FF", "/id invalid_utf8")]
    [InlineData("ce-id", "%ED%A0%80", "/id invalid_utf8")]
    [InlineData("ce-source", "caff%C3%A8", "/source not_a_uri_reference")]
    [InlineData("ce-specversion", "0.3", "/specversion unsupported_version")]
    [InlineData("ce-type", "order.flown", "/type unknown_type")]
    [InlineData("ce-time", "2026-01-15T12:06:00Z", "/time in_the_future")]
    [InlineData("ce-backfill", "yes", "/backfill wrong_type")]
    public void A_header_that_is_wrong_is_refused_with_its_place(string header, string value, string fault) =>
        Read("""{"order": "1"}""", headers: new() { [header] = value }).ThenRefused(fault);

    [Fact]
    public void A_control_character_cannot_hide_behind_a_percent_sign()
    {
        foreach (var hidden in new[] { "a%00", "a%08", "a%0Ab", "a%7Fb" })
            Read("""{"order": "1"}""", headers: new() { ["ce-id"] = hidden }).ShouldBeOfType<Reading.Refused>().Faults.ShouldContain(f => f.Field == "/id"
                && f.Code == "control_character");
    }

    [Fact]
    public void A_header_that_stands_there_twice_is_refused()
    {
        var headers = new HeaderDictionary { ["ce-specversion"] = "1.0", ["ce-id"] = new(["a", "b"]), ["ce-source"] = "/", ["ce-type"] = "order.delivered" };
        CloudEventsReader.Read("""{"order": "1"}"""u8.ToArray(), "application/json", new ReadingContext(Shop.Noon, false, email => new CustomerId(email)),
            headers)
            .ThenRefused("/id duplicate_header");
    }

    [Theory]
    [InlineData("", "/data invalid_json")]
    [InlineData("{", "/data invalid_json")]
    [InlineData("[]", "/data wrong_type")]
    [InlineData("""{"order": "\ud800"}""", "/data/order unpaired_surrogate")]
    [InlineData("""{"order": "1", "order": "2"}""", "/data/order duplicate_property")]
    [InlineData("""{"order": -1}""", "/data/order wrong_type")]
    public void A_body_that_is_wrong_is_refused_with_its_place(string body, string fault) => Read(body).ThenRefused(fault);

    [Theory]
    [InlineData("application/xml")]
    [InlineData("text/json")]
    public void Data_that_is_not_json_is_refused(string contentType) => Read("""{"order": "1"}""", contentType).ThenRefused("/datacontenttype unsupported");

    [Theory]
    [InlineData("application/cloudevents+xml")]
    [InlineData("application/json; charset=latin1")]
    public void What_says_it_is_another_format_is_not_taken_for_binary_mode(string contentType) =>
        Read("{}", contentType).ShouldBe(new Reading.UnsupportedMediaType());

    [Fact]
    public async Task It_comes_through_http_and_its_repeat_is_a_repeat_whatever_the_order_of_the_headers()
    {
        await using var gateway = await Open(postgres);

        (await Send(gateway, Headers)).ThenTaken(accepted: 1, repeats: 0);
        (await Send(gateway, Headers.Reverse())).ThenTaken(accepted: 1, repeats: 1);
        (await Send(gateway, Headers, """{"order": "1002"}""")).ThenProblem(HttpStatusCode.Conflict);

        (await gateway.SentTo("orders")).ShouldHaveSingleItem().Message
            .ShouldBe(new ConfirmDelivery(new OrderId("1001"), new Reported(Shop.Noon.AddMinutes(-1), Shop.Noon)));
    }

    private static Task<Answer> Send(ServiceHost gateway, IEnumerable<KeyValuePair<string, string>> headers, string body = """{"order": "1001"}""") =>
        gateway.Post(new StringContent(body, Encoding.UTF8, "application/json"), adjust: request =>
        {
            foreach (var (name, value) in headers) request.Headers.Add(name, value);
        });

    private static Reading Read(string body, string? contentType = "application/json", Dictionary<string, string>? headers = null)
    {
        var all = new HeaderDictionary();
        foreach (var (name, value) in Headers) all[name] = value;
        foreach (var (name, value) in headers ?? []) all[name] = value;
        return CloudEventsReader.Read(
            Encoding.UTF8.GetBytes(body), contentType, new ReadingContext(Shop.Noon, false, email => new CustomerId(email)), all);
    }
}
