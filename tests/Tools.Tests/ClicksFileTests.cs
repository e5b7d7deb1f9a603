using System.Text;
using System.Text.Json;
using Engagement.Replay;

namespace Engagement.Tools.Tests;

public class ClicksFileTests
{
    private const string Header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n";

    [Fact]
    public void Clicks_become_what_was_put_in_taken_out_and_bought_together_and_views_are_passed_over()
    {
        var events = Read("""
            2019-10-01 00:00:00 UTC,view,p-1,1,,,9.90,u-1,s-1
            2019-10-01 00:00:01 UTC,cart,p-1,1,furniture.living_room.sofa,acme,9.90,u-1,s-1
            2019-10-01 00:00:02 UTC,remove_from_cart,p-1,1,,,9.90,u-1,s-1
            2019-10-01 00:00:09 UTC,purchase,p-2,1,,acme,5.00,u-1,s-1
            2019-10-01 00:00:09 UTC,purchase,p-2,1,,acme,5.00,u-1,s-1
            2019-10-01 00:00:09 UTC,purchase,p-3,1,,,0.50,u-1,s-1
            2019-10-02 00:00:09 UTC,purchase,p-3,1,,,0.50,u-1,
            """, out var malformed);

        malformed.ShouldBeEmpty();
        events.Select(e => e.Id).ShouldBe(["click-3", "click-4", "order-s-1-1569888009", "order-u-1-1569974409"]);
        events.ShouldAllBe(e => e.Group == "u-1");
        Written(events[0]).ShouldSatisfyAllConditions(
            data => data.GetProperty("cart").GetString().ShouldBe("s-1"), data => data.GetProperty("item").GetProperty("title").GetString().ShouldBe("acme sofa"),
            data => data.GetProperty("customer").GetProperty("id").GetString().ShouldBe("u-1"));
        Written(events[1]).ToString().ShouldBe("""{"cart":"s-1","item":"p-1","quantity":1}""");
        var order = Written(events[2]);
        (order.GetProperty("cart").GetString(), order.GetProperty("total").GetDecimal()).ShouldBe(("s-1", 10.50m));
        order.GetProperty("lines").EnumerateArray().Select(line => $"{line.GetProperty("sku")} {line.GetProperty("quantity")}").ShouldBe(["p-2 2", "p-3 1"]);
    }

    [Theory]
    [InlineData("yesterday,view,p,1,,,1,u,s", "event_time 'yesterday'")]
    [InlineData("2019-10-01 00:00:00 UTC,wish,p,1,,,1,u,s", "event_type 'wish'")]
    [InlineData("2019-10-01 00:00:00 UTC,cart,,1,,,1,u,s", "product_id is empty")]
    [InlineData("2019-10-01 00:00:00 UTC,cart,p,1,,,-1,u,s", "price '-1'")]
    [InlineData("2019-10-01 00:00:00 UTC,cart,p,1,,,1,,s", "user_id is empty")]
    [InlineData("2019-10-01 00:00:00 UTC,cart,p,1", "4 fields where the header has 9")]
    [InlineData("2019-10-01 00:00:00 UTC,cart,\"p,1,,,1,u,s", "a quote is not closed")]
    public void A_row_that_can_t_be_understood_is_skipped_with_its_line_and_reason(string row, string reason)
    {
        Read($"{row}\n2019-10-01 00:00:00 UTC,cart,p,1,,,1,u,s", out var malformed).ShouldHaveSingleItem();
        var skipped = malformed.ShouldHaveSingleItem();
        skipped.Line.ShouldBe(2);
        skipped.Reason.ShouldStartWith(reason);
    }

    [Theory]
    [InlineData("", "no header line")]
    [InlineData("event_time,event_type,product_id,brand,price,user_id\n", "no column category_code, user_session")]
    public void A_file_of_something_else_is_refused(string file, string reason) =>
        Should.Throw<RunFailedException>(() => ClicksFile.Read(new StringReader(file), _ => { }).ToArray()).Message.ShouldContain(reason);

    private static List<FileEvent> Read(string rows, out List<MalformedRow> malformed)
    {
        List<MalformedRow> skipped = [];
        var events = CartEvents.From(ClicksFile.Read(new StringReader(Header + rows), skipped.Add)).ToList();
        events.Sort(FileEvent.InTimeOrder);
        malformed = skipped;
        return events;
    }

    private static JsonElement Written(FileEvent e)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) e.Write(json, Timing.AsInFile);
        return JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).RootElement.GetProperty("data");
    }
}
