using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>A shop that publishes events at noon, and what becomes of them.</summary>
internal static class Shop
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    public static readonly string[] Types = [.. EventTypes.All.Select(type => type.Name)];

    /// <summary>An event of this type with every field it can have.</summary>
    public static JsonObject Event(string type) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = "e-1",
        ["source"] = "/shops/demo",
        ["type"] = type,
        ["time"] = "2026-01-15T12:30:00.5+01:00",
        ["datacontenttype"] = "application/json; charset=utf-8",
        ["data"] = Data(type),
    };

    /// <summary>Puts a value, given as JSON, where the pointer says.</summary>
    public static JsonObject With(this JsonObject whole, string pointer, string json)
    {
        var path = pointer[1..].Split('/');
        var parent = path[..^1].Aggregate((JsonNode)whole, (node, name) => node is JsonArray array ? array[Number(name)]! : node[name]!);
        if (parent is JsonArray list)
            list[Number(path[^1])] = JsonNode.Parse(json);
        else
            parent[path[^1]] = JsonNode.Parse(json);
        return whole;
    }

    public static JsonObject Without(this JsonObject whole, string pointer)
    {
        var path = pointer[1..].Split('/');
        path[..^1].Aggregate((JsonNode)whole, (node, name) => node is JsonArray array ? array[Number(name)]! : node[name]!).AsObject().Remove(path[^1]);
        return whole;
    }

    public static Reading Publish(string body, string contentType = CloudEventsReader.Structured, bool development = false) =>
        Publish(Encoding.UTF8.GetBytes(body), contentType, development);

    public static Reading Publish(byte[] body, string contentType = CloudEventsReader.Structured, bool development = false) =>
        CloudEventsReader.Read(body, contentType, new ReadingContext(Noon, development, email => new CustomerId($"guest-{email.ToUpperInvariant()}")));

    public static Reading Publish(JsonObject one, bool development = false) => Publish(one.ToJsonString(), development: development);

    public static Reading PublishBatch(params JsonObject[] events) => Publish(new JsonArray(events).ToJsonString(), CloudEventsReader.Batch);

    public static void ThenRefused(this Reading reading, params string[] faults)
    {
        var refused = reading.ShouldBeOfType<Reading.Refused>();
        refused.Faults.Select(fault => $"{fault.Index} {fault.Field} {fault.Code}".TrimStart()).ShouldBe(faults, ignoreOrder: true);
        refused.Count.ShouldBe(faults.Length);
    }

    public static IReadOnlyList<IncomingEvent> ThenTaken(this Reading reading) =>
        (reading as Reading.Accepted ?? throw new ShouldAssertException(JsonSerializer.Serialize(reading as Reading.Refused))).Events;

    public static T ThenFact<T>(this Reading reading) => reading.ThenTaken().ShouldHaveSingleItem().Fact.ShouldBeOfType<T>();

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static JsonNode Data(string type) => JsonNode.Parse(type switch
    {
        "order.placed" => $$"""
            {"order": "1001", "total": 59.90, "currency": "EUR", "lines": [
               {"title": "Caffè in grani, 1 kg", "quantity": 1, "price": 29.95, "sku": "CF-1"}, {"title": "Moka", "quantity": 2, "price": "14.975"}],
             "promisedOn": "2026-01-20", "number": "#1001", "customer": {{Customer}} }
            """,
        "order.paid" => $$"""{"order": "1001", "amount": "59.90", "currency": "eur", "customer": {{Customer}} }""",
        "order.payment_failed" => """{"order": "1001", "reason": "card_declined"}""",
        "order.shipped" => """
            {"order": "1001", "parcel": 17, "carrier": "Poste", "trackingNumber": "ZA 17", "trackingUrl": "https://track.example/?q=ZA%2017"}
            """,
        "order.delivered" => """{"order": "1001"}""",
        "order.out_for_delivery" or "order.delivery_attempted" or "order.ready_for_pickup" or "order.lost" or "order.returned" =>
            """{"order": "1001", "parcel": "p-1"}""",
        "order.refunded" => """{"order": "1001", "refund": "r-1", "amount": 14.95, "currency": "EUR"}""",
        "order.cancelled" => """{"order": "1001", "reason": "Changed her mind.\r\nNo hard feelings."}""",
        "consent.given" => $$"""
            {"customer": {{Customer}}, "purposes": ["offers", "carts", "reviews"], "channel": "email", "basis": "softOptIn", "evidence": "checkout-v3"}
            """,
        "consent.withdrawn" => $$"""{"customer": {{Customer}}, "purposes": ["followUp"], "channel": "sms", "evidence": "call of 12 January"}""",
        "customer.erased" => $$"""{"customer": {{Customer}} }""",
        _ => "{}",
    })!;

    private const string Customer = """
        {"id": "c-1", "name": "Giulia Rossi", "email": "giulia@posta.example", "phone": "+39 06 1234567", "language": "it", "zone": "Europe/Rome",
         "address": {"street": "Via Roma 1", "city": "Roma", "postalCode": "00100", "country": "IT"}}
        """;
}
