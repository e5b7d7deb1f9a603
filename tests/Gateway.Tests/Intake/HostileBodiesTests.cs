using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>Good bodies, spoilt at random: whatever comes, it's read or refused with pointers, and never throws.</summary>
public class HostileBodiesTests
{
    private static readonly byte[][] s_tokens =
    [
        .. new[]
        {
            "null", "true", "{}", "[]", "\"\"", "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-0", "99999999999999999999999999999999999999999", "0.1234567890123456789",
            "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\uZZZZ\"", "\"\\", "\\u", "\u0000", "\u2028", "\uFEFF", "//", "/**/", ",", ":", "\"", "{", "}", "[", "]",
            "\"\\u0069d\":1,", "\"data\":{},", "\"../../etc/passwd\"", "\"9999-12-31T23:59:59-14:00\"", "\"0001-01-01T00:00:00+14:00\"", "\"2026-01-15T12:00:00Z\\ud800\"",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
        [.. Enumerable.Repeat((byte)'[', 100)],
        [.. Enumerable.Repeat("{\"a\":"u8.ToArray(), 100).SelectMany(level => level)],
    ];

    private static readonly byte[][] s_good =
    [
        .. Shop.Types.Select(type => Encoding.UTF8.GetBytes(Shop.Event(type).ToJsonString())),
        Encoding.UTF8.GetBytes(new JsonArray([.. Shop.Types.Select((type, index) => Shop.Event(type).With("/id", $"\"{index}\""))]).ToJsonString()),
    ];

    [Fact]
    public void Thousands_of_spoilt_bodies_are_read_or_refused() => Try(bodies: 5_000, seed: 1);

    [Fact, Trait("Category", "Long")]
    public void Tens_of_thousands_of_spoilt_bodies_are_read_or_refused()
    {
        for (var seed = 2; seed < 12; seed++)
            Try(bodies: 20_000, seed);
    }

    private static void Try(int bodies, int seed)
    {
        var random = new Random(seed);
        var (taken, refused) = (0, 0);
        for (var n = 0; n < bodies; n++)
        {
            var body = Spoil(random);
            var contentType = body.AsSpan().TrimStart((byte)' ').StartsWith("["u8) ^ random.Next(20) == 0 ? CloudEventsReader.Batch : CloudEventsReader.Structured;
            try
            {
                switch (Shop.Publish(body, contentType, development: random.Next(2) == 0))
                {
                    case Reading.Accepted(var events):
                        taken++;
                        foreach (var read in events)
                            JsonSerializer.Serialize(read.Fact, read.Fact.GetType()).ShouldNotContain("\\u0000");
                        break;
                    case Reading.Refused(var faults, var count):
                        refused++;
                        count.ShouldBeGreaterThanOrEqualTo(faults.Count);
                        faults.ShouldNotBeEmpty();
                        faults.All(fault => (fault.Field.Length == 0 || fault.Field[0] == '/') && fault.Code.Length > 0 && fault.Message.Length > 0).ShouldBeTrue();
                        break;
                    case var other:
                        throw new ShouldAssertException($"{other}");
                }
            }
            catch (Exception thrown)
            {
                throw new ShouldAssertException($"Body {n} of seed {seed}: {Convert.ToBase64String(body)}", thrown);
            }
        }

        // Both outcomes must be common, or the spoiling is too mild or too harsh to find anything.
        taken.ShouldBeGreaterThan(bodies / 50);
        refused.ShouldBeGreaterThan(bodies / 2);
    }

    private static byte[] Spoil(Random random)
    {
        var body = random.GetItems(s_good, 1)[0];
        if (random.Next(2) == 0)
            body = SwapValue(random, body);
        for (var times = random.Next(4); times > 0 && body.Length > 0; times--)
        {
            var at = random.Next(body.Length);
            var token = random.GetItems(s_tokens, 1)[0];
            var other = random.GetItems(s_good, 1)[0];
            body = random.Next(7) switch
            {
                0 => [.. body[..at], (byte)(body[at] ^ (1 << random.Next(8))), .. body[(at + 1)..]],
                1 => body[..at],
                2 => [.. body[..at], .. body[Math.Min(body.Length, at + random.Next(40))..]],
                3 => [.. body[..at], .. token, .. body[at..]],
                4 => [.. body[..at], .. token, .. body[Math.Min(body.Length, at + token.Length)..]],
                5 => [.. body[..at], .. other[random.Next(other.Length)..]],
                _ => [.. body[..at], .. body[random.Next(at + 1)..]],
            };
        }

        return body;
    }

    /// <summary>Puts a value of another kind, or another place, somewhere into well-formed JSON.</summary>
    private static byte[] SwapValue(Random random, byte[] body)
    {
        List<JsonNode> places = [];
        var whole = JsonNode.Parse(body)!;
        Collect(whole);
        var place = random.GetItems(places.ToArray(), 1)[0];
        place.ReplaceWith(random.Next(9) switch
        {
            0 => JsonValue.Create(random.Next(-10, 2000)),
            1 => JsonValue.Create(true),
            2 => new JsonObject { ["a"] = 1 },
            3 => new JsonArray(1, "x"),
            4 => JsonValue.Create(new string('x', random.Next(1200))),
            5 => JsonValue.Create("false"),
            6 => JsonNode.Parse("1e400"),
            7 => JsonValue.Create("\u0007\ufffe\u200f"),
            _ => random.GetItems(places.ToArray(), 1)[0].DeepClone(),
        });
        return Encoding.UTF8.GetBytes(whole.ToJsonString());

        void Collect(JsonNode node)
        {
            if (node.Parent is not null)
                places.Add(node);
            foreach (var child in node is JsonObject some ? some.Select(property => property.Value) : node as JsonArray ?? [])
                Collect(child!);
        }
    }
}
