using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>Bodies that break JSON's rules or our limits.</summary>
public class StrictJsonTests
{
    private static readonly string s_good = Shop.Event("order.delivered").ToJsonString();

    [Theory]
    [InlineData("", "invalid_json")]
    [InlineData(" ", "invalid_json")]
    [InlineData("{", "invalid_json")]
    [InlineData("""{"id": "1", }""", "invalid_json")]
    [InlineData("""{"id": "1"} {}""", "invalid_json")]
    [InlineData("""{"id": "1" /* one */}""", "invalid_json")]
    [InlineData("""{"id": NaN}""", "/id invalid_json")]
    [InlineData("""{"id": 01}""", "/id invalid_json")]
    [InlineData("""{"id": 'x'}""", "/id invalid_json")]
    [InlineData("{\"data\": {\"lines\": [0, {\"title\": \"a\nb\"}]}}", "/data/lines/1/title invalid_json")]
    [InlineData("\uFEFF{}", "invalid_json")]
    public void What_is_no_json_is_refused_with_the_place_where_it_breaks(string body, string fault) => Shop.Publish(body).ThenRefused(fault);

    [Fact]
    public void A_batch_that_breaks_off_is_refused_with_the_index_where_it_breaks() =>
        Shop.Publish($"[{s_good}, {s_good[..40]}", CloudEventsReader.Batch).ShouldBeOfType<Reading.Refused>().Faults.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(fault => fault.Index.ShouldBe(1), fault => fault.Code.ShouldBe("invalid_json"), fault => fault.Message.ShouldContain("line 1, byte"));

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00")]
    [InlineData("\\udc00\\ud800")]
    [InlineData("\\ud83d\\u0041")]
    [InlineData("\\ud83d and more")]
    [InlineData("\\\\\\ud83d\\\\")]
    public void Half_a_surrogate_pair_is_refused_wherever_it_stands(string text)
    {
        Shop.Publish(s_good.Replace("\"1001\"", $"\"{text}\"", StringComparison.Ordinal)).ThenRefused("/data/order unpaired_surrogate");
        Shop.Publish(s_good.Replace("\"1001\"", $"\"1\", \"ignored\": [\"{text}\"]", StringComparison.Ordinal)).ThenRefused("/data/ignored/0 unpaired_surrogate");
        Shop.Publish(s_good.Replace("\"1001\"", $"\"1\", \"{text}\": 1", StringComparison.Ordinal))
            .ShouldBeOfType<Reading.Refused>().Faults.ShouldHaveSingleItem().Code.ShouldBe("unpaired_surrogate");
    }

    [Fact]
    public void A_whole_pair_and_an_escaped_backslash_are_fine() =>
        Shop.Publish(s_good.Replace("\"1001\"", "\"\\ud83d\\ude00 \\\\ud800\"", StringComparison.Ordinal)).ThenFact<Contracts.ConfirmDelivery>().Order.Value.ShouldBe("😀 \\ud800");

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("\\b")]
    [InlineData("\\f")]
    [InlineData("\\u001F")]
    public void Control_characters_are_refused_even_where_nobody_reads(string text) =>
        Shop.Publish(s_good.Replace("\"1001\"", $"\"1\", \"ignored\": {{\"a/b~c\": \"{text}\"}}", StringComparison.Ordinal)).ThenRefused("/data/ignored/a~1b~0c control_character");

    [Theory]
    [InlineData("order")]
    [InlineData("\\u006frder")]
    public void A_property_that_stands_twice_is_refused(string name) =>
        Shop.Publish(s_good.Replace("\"1001\"", $"\"1001\", \"{name}\": \"1002\"", StringComparison.Ordinal)).ThenRefused("/data/order duplicate_property");

    [Fact]
    public void One_name_may_stand_in_many_objects() =>
        Shop.Publish(s_good.Replace("\"1001\"", "\"1001\", \"a\": {\"order\": 1, \"a\": {\"a\": 1}}, \"b\": [{\"a\": 1}, {\"a\": 1}]", StringComparison.Ordinal)).ThenTaken();

    [Fact]
    public void Thirty_two_levels_are_allowed_and_no_more()
    {
        static string Nested(int levels) => s_good.Replace("\"1001\"", $"\"1001\", \"a\": {new string('[', levels - 2)}{new string(']', levels - 2)}", StringComparison.Ordinal);

        Shop.Publish(Nested(32)).ThenTaken();
        Shop.Publish(Nested(33)).ThenRefused("/data/a" + string.Concat(Enumerable.Repeat("/0", 30)) + " too_deep");
        Shop.Publish(new string('[', CloudEventsReader.MostBytes)).ShouldBeOfType<Reading.Refused>().Faults.ShouldHaveSingleItem().Code.ShouldBe("too_deep");
    }

    [Fact]
    public void An_object_may_have_a_thousand_properties_and_no_more()
    {
        static string Wide(int more) => s_good.Replace("\"1001\"", "\"1001\"" + string.Concat(Enumerable.Range(0, more).Select(n => $",\"p{n}\":0")), StringComparison.Ordinal);

        Shop.Publish(Wide(999)).ThenTaken();
        Shop.Publish(Wide(1000)).ThenRefused("/data/p999 too_many");
        Shop.Publish(Wide(5000)).ThenRefused("/data/p999 too_many");
    }

    [Fact]
    public void Faults_without_end_are_counted_and_the_first_thousand_listed()
    {
        var many = $"[{string.Join(',', Enumerable.Repeat("\"\\b\"", 100_000))}]";
        var refused = Shop.Publish(s_good.Replace("\"1001\"", $"\"1001\", \"a\": {many}", StringComparison.Ordinal)).ShouldBeOfType<Reading.Refused>();
        refused.Count.ShouldBe(100_000);
        refused.Faults.Count.ShouldBe(1000);
    }

    [Theory]
    [InlineData("{\"a\":0}")]
    [InlineData("\"\\u0061\\b\"")]
    [InlineData("{\"\\u0061\":0,\"a\":0}")]
    [InlineData("0")]
    public void The_longest_body_is_read_fast_however_hostile(string item)
    {
        var wide = string.Concat(Enumerable.Range(0, 80_000).Select(n => $",\"p{n}\":0"));
        var body = s_good.Replace("\"1001\"", $"\"1001\", \"a\": [{string.Join(',', Enumerable.Repeat(item, 30_000))}]{wide}", StringComparison.Ordinal);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Shop.Publish(body).ShouldBeOfType<Reading.Refused>();
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5)); // a quadratic reading takes minutes
    }
}
