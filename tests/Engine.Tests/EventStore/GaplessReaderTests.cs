namespace Engagement.Engine.Tests.EventStore;

public sealed class GaplessReaderTests
{
    private readonly GaplessReader _reader = new();

    [Fact]
    public void Numbers_without_a_gap_are_all_read() => _reader.Readable(10, [11, 12, 13], xmin: 5, xmax: 9).ShouldBe(3);

    [Fact]
    public void A_number_that_may_still_be_committed_is_waited_for()
    {
        _reader.Readable(10, [11, 13], xmin: 5, xmax: 9).ShouldBe(1);
        _reader.IsWaiting.ShouldBeTrue();
        _reader.Readable(11, [13, 14], xmin: 8, xmax: 20).ShouldBe(0);   // 8 was under way when 12 was first missed
        _reader.Readable(11, [12, 13, 14], xmin: 9, xmax: 20).ShouldBe(3);
        _reader.IsWaiting.ShouldBeFalse();
    }

    [Fact]
    public void A_gap_is_dead_when_everybody_of_its_time_has_ended()
    {
        _reader.Readable(10, [12], xmin: 5, xmax: 9).ShouldBe(0);
        _reader.Readable(10, [12], xmin: 9, xmax: 30).ShouldBe(1);
    }

    [Fact]
    public void A_gap_behind_another_is_waited_for_by_its_own_time()
    {
        _reader.Readable(0, [2, 4], xmin: 5, xmax: 9).ShouldBe(0);
        _reader.Readable(0, [2, 4], xmin: 9, xmax: 30).ShouldBe(1);
        _reader.Readable(2, [4], xmin: 29, xmax: 40).ShouldBe(0);
        _reader.Readable(2, [4], xmin: 30, xmax: 40).ShouldBe(1);
    }

    [Fact]
    public void With_nobody_under_way_a_gap_is_dead_at_once() => _reader.Readable(0, [5], xmin: 9, xmax: 9).ShouldBe(1);
}
