using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Sending;

public class HostGateTests
{
    private static readonly TemporaryFailure Busy = new("busy", 421) { AboutServer = true };

    private readonly TestClock _clock = new();

    [Fact]
    public void Without_a_limit_all_may_go() => new HostGate(null, _clock).Allow(8).Count.ShouldBe(8);

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(14)]
    [InlineData(100)]
    [InlineData(1000)]
    public void No_second_sees_more_than_the_server_allows_and_little_less(double most)
    {
        var gate = new HostGate(most, _clock);
        var begun = new List<long>();
        for (var ms = 0; ms < 20_000; ms++, _clock.Advance(TimeSpan.FromMilliseconds(1)))
        {
            if (ms is > 5_000 and < 8_000) continue;   // nothing is due: what wasn't used is not saved up
            var count = gate.Allow(50).Count;
            gate.Begun(count);
            begun.AddRange(Enumerable.Repeat((long)ms, count));
        }

        begun.ShouldAllBe(at => begun.Count(other => other >= at && other < at + 1000) <= Math.Ceiling(most));
        begun.Count.ShouldBeGreaterThanOrEqualTo((int)(most * 17 * 0.9));
    }

    [Fact]
    public void Who_may_not_go_now_is_told_when_to_ask_again()
    {
        var gate = new HostGate(10, _clock);
        gate.Begun(gate.Allow(8).Count);
        var wait = gate.Allow(8);
        wait.Count.ShouldBe(0);
        _clock.Advance(wait.AskAgain);
        gate.Allow(8).Count.ShouldBe(1);
    }

    [Fact]
    public void A_server_that_fails_is_left_alone_for_longer_each_time_and_then_tried_with_one_mail()
    {
        var gate = new HostGate(null, _clock);
        var pauses = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            gate.Failed(gate.Pauses, Busy);
            var wait = gate.Allow(8);
            wait.Count.ShouldBe(0);
            pauses.Add(wait.AskAgain.TotalSeconds);
            _clock.Advance(wait.AskAgain);
            gate.Allow(8).Count.ShouldBe(1);
            gate.Begun(1);
            gate.Allow(8).Count.ShouldBe(0, "until that one is answered");
        }

        pauses.ShouldBe([1, 2, 4, 8, 16, 32, 60, 60]);
        gate.Answered(gate.Pauses);
        gate.Allow(8).Count.ShouldBe(8);
    }

    [Fact]
    public void Attempts_that_were_under_way_together_make_one_pause_and_do_not_end_it()
    {
        var gate = new HostGate(null, _clock);
        foreach (var attempt in new[] { 0, 0, 0 }) gate.Failed(attempt, Busy);
        gate.Answered(0);
        gate.Allow(8).ShouldBe(new Allowance(0, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_limit_of_nothing_is_refused() =>
        Should.Throw<InvalidOperationException>(() => new HostGate(0, _clock)).Message.ShouldContain("Smtp:MaxPerSecond");
}
