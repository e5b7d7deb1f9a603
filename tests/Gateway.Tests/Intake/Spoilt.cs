using System.Text;
using System.Text.Json.Nodes;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>Spoils good bodies at random.</summary>
internal static class Spoilt
{
    private static readonly byte[][] s_tokens =
    [
        .. new[]
        {
            "null", "true", "{}", "[]", "\"\"", "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-0", "99999999999999999999999999999999999999999",
                "0.1234567890123456789",
            "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\uZZZZ\"", "\"\\", "\\u", "\u0000", "\u2028", "\uFEFF", "//", "/**/", ",", ":", "\"",
                "{", "}", "[", "]",
            "\"\\u0069d\":1,", "\"data\":{},", "\"../../etc/passwd\"", "\"9999-12-31T23:59:59-14:00\"", "\"0001-01-01T00:00:00+14:00\"",
                "\"2026-01-15T12:00:00Z\\ud800\"",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
        [.. Enumerable.Repeat((byte)'[', 100)],
        [.. Enumerable.Repeat("{\"a\":"u8.ToArray(), 100).SelectMany(level => level)],
    ];

    /// <summary>The body with up to a few faults in it, of bytes and of values.</summary>
    /// <param name="other">Whose end may take the place of this one's.</param>
    public static byte[] Body(Random random, byte[] body, byte[] other)
    {
        if (random.Next(2) == 0)
            body = SwapValue(random, body);
        for (var times = random.Next(4); times > 0 && body.Length > 0; times--)
        {
            var at = random.Next(body.Length);
            var token = random.GetItems(s_tokens, 1)[0];
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

    public static byte[] Body(Random random, JsonNode good)
    {
        var body = Encoding.UTF8.GetBytes(good.ToJsonString());
        return Body(random, body, body);
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
                if (child is not null)
                    Collect(child);
        }
    }
}
