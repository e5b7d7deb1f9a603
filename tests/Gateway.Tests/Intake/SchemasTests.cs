using System.Net;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>The catalogue, and that what it says of each type is what is enforced.</summary>
public sealed class SchemasTests(PostgresFixture postgres)
{
    public static TheoryData<string> Types => [.. Shop.Types];

    /// <summary>Values to put in the place of any field; text gets lengths around each bound besides.</summary>
    private static readonly string[] Candidates =
    [
        "null", "true", "\"true\"", "\"false\"", "{}", "[]", "[null]", "7", "-1", "0", "10.5", "10000000", "10000001", "100000", "100001", "1e400", "\"\"",
            "\"  \"", "\"x\"",
        "\"x y\"", "\" x\"", "\"x\\ty\"", "\"x\\ny\"", "\"x\\r\\ny\"", "\"x\\ry\"", "\"x\\u0085y\"", "\"x\\u0007y\"", "\"7\"", "\"7.5\"", "\"7.12345\"",
            "\"-7\"", "\"10000000\"", "\"10000000.01\"", "\"1e3\"",
        "\"EUR\"", "\"eur\"", "\"EURO\"", "\"2026-01-20\"", "\"20.1.2026\"", "\"2026-01-15T12:00:00Z\"", "\"2026-01-15T12:00:00\"", "\"it-IT\"", "\"it_IT\"",
            "\"Europe/Rome\"",
        "\"europe/rome\"", "\"giulia@posta.example\"", "\"giulia\"", "\"https://track.example/1\"", "\"ftp://track.example/1\"", "\"/shops/caf%C3%A8\"",
            "\"%zz\"", "\"application/json\"",
        "\"application/xml\"", "\"1.0\"", "\"caffè ☕\"", "{\"id\": \"\", \"email\": null}", "{\"email\": \"giulia@posta.example\"}", "{\"id\": 7}", "\"email\"",
        "\"softOptIn\"", "[\"carts\"]", "[\"offers\", \"carts\", \"offers\"]", "[\"Carts\"]", "[\"carts\", null]", "\"carts\"",
    ];

    [Theory, MemberData(nameof(Types))]
    public void A_schema_says_what_the_reader_enforces(string type)
    {
        var schema = EventTypesEndpoint.Schema(EventTypes.Find(type)!);
        var (agreed, taken) = (0, 0);
        foreach (var (pointer, shape) in Fields(schema, ""))
        {
            string[] values = [.. Candidates, .. Lengths(shape), .. Counts(shape)];
            foreach (var value in values) Agree(Shop.Event(type).With(pointer, value), $"{pointer} = {value[..Math.Min(60, value.Length)]}");
            Agree(Shop.Event(type).Without(pointer), $"without {pointer}");
        }

        agreed.ShouldBeGreaterThan(500);
        taken.ShouldBeGreaterThan(40);

        void Agree(JsonObject published, string what)
        {
            var isTaken = Shop.Publish(published) is Reading.Accepted;
            var allowed = JsonSchema.Allows(schema, JsonNode.Parse(published.ToJsonString()));
            if (!what.StartsWith("/data/customer/zone", StringComparison.Ordinal)) allowed.ShouldBe(isTaken, what);
            else if (isTaken) allowed.ShouldBeTrue(what);   // which zones there are, no schema can say
            agreed++;
            if (isTaken) taken++;
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Each_example_is_valid_and_is_taken(string type)
    {
        var example = EventTypes.Find(type)!.Example;
        JsonSchema.Allows(EventTypesEndpoint.Schema(EventTypes.Find(type)!), example).ShouldBeTrue();
        Shop.Publish(example).ThenTaken().ShouldHaveSingleItem().Type.Name.ShouldBe(type);
    }

    [Fact]
    public void A_schema_of_an_order_is_as_approved() => Approved.Match(
        EventTypesEndpoint.Schema(EventTypes.Find("order.placed")!).ToJsonString(new() { WriteIndented = true, NewLine = "\n" }) + "\n", "schema.order.placed");

    [Fact]
    public async Task Catalogue_and_schemas_are_there_for_everybody_and_every_example_can_be_published()
    {
        await using var gateway = await Open(postgres);

        var types = JsonNode.Parse(await gateway.Client.GetStringAsync("/v1/event-types"))!.AsArray();

        types.Select(type => $"{type!["type"]}").ShouldBe(Shop.Types);
        foreach (var type in types)
        {
            using var schema = await gateway.Client.GetAsync($"{type!["schema"]}");
            schema.Content.Headers.ContentType!.MediaType.ShouldBe("application/schema+json");
            var text = await schema.Content.ReadAsStringAsync();
            JsonNode.Parse(text)!["$id"]!.ToString().ShouldBe($"/v1/schemas/{type["type"]}");
            JsonSchema.Allows(JsonNode.Parse(text)!.AsObject(), type["example"]).ShouldBeTrue();
        }

        var examples = types.Select((type, i) => type!["example"]!.AsObject().With("/id", $"\"{i}\"")).ToArray();
        (await gateway.Publish(examples)).ThenTaken(accepted: types.Count, repeats: 0);
        (await gateway.Client.GetAsync("/v1/schemas/order.flown")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    /// <summary>Every field that a schema describes, by its pointer in an event.</summary>
    private static IEnumerable<(string Pointer, JsonObject Shape)> Fields(JsonObject schema, string at)
    {
        foreach (var (name, value) in schema["properties"]!.AsObject())
        {
            var shape = value!.AsObject();
            yield return ($"{at}/{name}", shape);
            var inner = shape["items"] is JsonObject items && items.ContainsKey("properties")
                ? Fields(items, $"{at}/{name}/0")
                : shape.ContainsKey("properties") ? Fields(shape, $"{at}/{name}") : [];
            foreach (var field in inner) yield return field;
        }
    }

    private static IEnumerable<string> Lengths(JsonObject shape)
    {
        if (shape["maxLength"]?.GetValue<int>() is not { } longest) yield break;
        yield return $"\"{new string('9', longest)}\"";
        yield return $"\"{new string('9', longest + 1)}\"";
        yield return $"\"{string.Concat(Enumerable.Repeat("☕", longest))}\"";
        yield return $"\"{string.Concat(Enumerable.Repeat("🫖", longest))}\"";
        yield return $"\"{string.Concat(Enumerable.Repeat("🫖", longest + 1))}\"";
    }

    private static IEnumerable<string> Counts(JsonObject shape) => shape["maxItems"]?.GetValue<int>() is { } most
        ? new[] { most, most + 1 }.Select(count => $"[{string.Join(',', Enumerable.Repeat("""{"title": "Moka", "quantity": 1, "price": 1}""", count))}]")
        : [];
}
