using Engagement.Replay;

namespace Engagement.Tools.Tests;

public class OrdersFileTests
{
    [Fact]
    public void A_row_is_read_with_its_times_in_UTC()
    {
        var row = Read("e481,9ef4,delivered,10/2/2017 10:56,10/2/2017 11:07,10/4/2017 19:55,10/10/2017 21:25,10/18/2017 0:00").Rows.Single();

        row.ShouldBe(new OrderRow(
            2, "e481", "9ef4", Cancelled: false,
            At(2017, 10, 2, 10, 56), At(2017, 10, 2, 11, 7), At(2017, 10, 4, 19, 55), At(2017, 10, 10, 21, 25),
            new DateOnly(2017, 10, 18)));
    }

    [Fact]
    public void Blank_times_and_a_blank_customer_are_unknown()
    {
        var row = Read("e481,,canceled,10/2/2017 10:56,,,,").Rows.Single();

        row.ShouldBe(new OrderRow(2, "e481", null, Cancelled: true, At(2017, 10, 2, 10, 56), null, null, null, null));
    }

    [Fact]
    public void Columns_are_found_by_name_in_any_order_beside_others()
    {
        const string Text = """"
            remark,order_estimated_delivery_date,order_delivered_customer_date,order_delivered_carrier_date,order_approved_at,order_purchase_timestamp,order_status,customer_id,Order_Id
            "gift, with ""love""",1/9/2018 0:00,1/4/2018 4:00,1/3/2018 3:00,1/2/2018 2:00,1/1/2018 1:00,delivered,"c,1",a
            """";

        var row = Read(new StringReader(Text)).Rows.Single();

        row.ShouldBe(new OrderRow(
            2, "a", "c,1", Cancelled: false,
            At(2018, 1, 1, 1, 0), At(2018, 1, 2, 2, 0), At(2018, 1, 3, 3, 0), At(2018, 1, 4, 4, 0), new DateOnly(2018, 1, 9)));
    }

    [Theory]
    [InlineData("a,c,delivered,1/1/2018 1:00,,,", "7 fields where the header has 8")]
    [InlineData("a,c,delivered,1/1/2018 1:00,,,,,", "9 fields where the header has 8")]
    [InlineData("a,c,delivered,2018-01-01,,,,", "order_purchase_timestamp '2018-01-01' is not a time such as 10/2/2017 10:56")]
    [InlineData("a,c,delivered,1/1/2018 1:00,13/1/2018 1:00,,,", "order_approved_at '13/1/2018 1:00' is not a time such as 10/2/2017 10:56")]
    [InlineData("a,c,delivered,1/1/9999 1:00,,,,", "order_purchase_timestamp '1/1/9999 1:00' is not a time such as 10/2/2017 10:56")]
    [InlineData("a,c,delivered,,,,,", "order_purchase_timestamp is empty")]
    [InlineData(",c,delivered,1/1/2018 1:00,,,,", "order_id is empty")]
    [InlineData("\"a,c,delivered,1/1/2018 1:00,,,,", "a quote is not closed or stands inside a field")]
    [InlineData("a\"b\",c,delivered,1/1/2018 1:00,,,,", "a quote is not closed or stands inside a field")]
    [InlineData("\"a\"b,c,delivered,1/1/2018 1:00,,,,", "a quote is not closed or stands inside a field")]
    public void A_malformed_row_is_named_with_its_line_and_skipped(string malformed, string reason)
    {
        var (rows, skipped) = Read("first,c,delivered,1/1/2018 1:00,,,,", malformed, "", "last,c,delivered,1/1/2018 1:00,,,,");

        rows.Select(row => (row.Order, row.Line)).ShouldBe([("first", 2), ("last", 5)]);
        skipped.ShouldBe([new MalformedRow(3, reason)]);
    }

    [Fact]
    public void An_order_that_comes_twice_is_taken_once()
    {
        var (rows, skipped) = Read("a,c,delivered,1/1/2018 1:00,,,,", "a,d,delivered,1/2/2018 1:00,,,,");

        rows.Single().Line.ShouldBe(2);
        skipped.ShouldBe([new MalformedRow(3, "order_id a was on line 2 already")]);
    }

    [Theory]
    [InlineData("order_id,customer_id", "The file has no column order_status, order_purchase_timestamp,")]
    [InlineData("", "The file has no column order_id,")]
    [InlineData(null, "The file has no header line")]
    public void A_file_without_the_columns_is_refused(string? header, string sentence) =>
        Should.Throw<RunFailedException>(() => Read(new StringReader(header is null ? "" : header + "\n"))).Message.ShouldStartWith(sentence);

    [Fact]
    public void A_file_is_read_as_it_goes()
    {
        using var reader = new StringReader($"{ReplayRun.Header}\na,c,delivered,1/1/2018 1:00,,,,\nb,c,delivered,1/1/2018 1:00,,,,\nrest");

        OrdersFile.Read(reader, _ => { }).First().Order.ShouldBe("a");

        reader.ReadToEnd().ShouldBe("b,c,delivered,1/1/2018 1:00,,,,\nrest");
    }

    private static DateTimeOffset At(int year, int month, int day, int hour, int minute) => new(year, month, day, hour, minute, 0, TimeSpan.Zero);

    private static (List<OrderRow> Rows, List<MalformedRow> Malformed) Read(params string[] rows) =>
        Read(new StringReader(string.Join("\r\n", [ReplayRun.Header, .. rows])));

    private static (List<OrderRow> Rows, List<MalformedRow> Malformed) Read(StringReader reader)
    {
        var malformed = new List<MalformedRow>();
        return ([.. OrdersFile.Read(reader, malformed.Add)], malformed);
    }
}
