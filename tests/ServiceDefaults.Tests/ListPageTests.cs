namespace Engagement.ServiceDefaults.Tests;

public sealed class ListPageTests
{
    [Fact]
    public void A_page_has_what_is_asked_for_alone_from_a_cursor_on()
    {
        Written(new ListPage(null, null).With("State", null)).ShouldBe(
            "where d.data ->> 'Cursor' is not null order by d.data ->> 'Cursor' limit ? [100]");
        Written(new ListPage("2026-01-12T12:00:00.0000000Z order-1", 5, descending: true).With("State", DayOfWeek.Monday).With("IsLate", false).Where("x < ?", 3)).ShouldBe(
            "where d.data ->> 'Cursor' < ? and d.data ->> 'State' = ? and cast(d.data ->> 'IsLate' as boolean) = ? and x < ? order by d.data ->> 'Cursor' desc limit ? "
            + "[2026-01-12T12:00:00.0000000Z order-1, Monday, False, 3, 5]");
    }

    [Theory]
    [InlineData(null, 100)]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    [InlineData(1_000_000, 1000)]
    public void A_page_has_its_limits(int? asked, int limit) => new ListPage("", asked).Sql.Args.ShouldBe([limit]);

    [Theory]
    [InlineData("2026-01-12T12:00:00.0000000Z thank-you/order-1", true)]
    [InlineData("2026-01-12T12:00:00", true)]   // a time alone is a place in the list
    [InlineData("2026-13-12T12:00:00.0000000Z order-1", false)]
    [InlineData("2026-01-12", false)]
    [InlineData(" ", false)]
    [InlineData("order-1", false)]
    public void What_does_not_begin_with_a_time_is_no_cursor(string after, bool isOne)
    {
        ListPage.IsCursor(after).ShouldBe(isOne);
        if (!isOne) Should.Throw<Invalid>(() => new ListPage(after, null)).Errors.ShouldBe([ListPage.NoCursor]);
    }

    private static string Written(ListPage page) => $"{page.Sql.Sql} [{string.Join(", ", page.Sql.Args)}]";
}
