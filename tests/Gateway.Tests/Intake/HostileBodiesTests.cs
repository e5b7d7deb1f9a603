using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>Good bodies, spoilt at random: whatever comes, it's read or refused with pointers, and never throws.</summary>
public class HostileBodiesTests
{
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
            var body = Spoilt.Body(random, random.GetItems(s_good, 1)[0], random.GetItems(s_good, 1)[0]);
            var contentType = body.AsSpan().TrimStart((byte)' ').StartsWith("["u8) ^ random.Next(20) == 0
                ? CloudEventsReader.Batch
                : CloudEventsReader.Structured;
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
                        faults.All(fault => (fault.Field.Length == 0 || fault.Field[0] == '/') && fault.Code.Length > 0
                            && fault.Message.Length > 0).ShouldBeTrue();
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
}
