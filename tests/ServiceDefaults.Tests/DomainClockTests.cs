using System.Collections.Concurrent;
using Engagement.Testing;

namespace Engagement.ServiceDefaults.Tests;

public sealed class DomainClockTests
{
    private readonly TestClock _real = new();
    private readonly DomainClock _clock;

    public DomainClockTests() => _clock = new DomainClock(_real);

    [Fact]
    public void The_domain_s_time_is_the_real_one_and_an_offset()
    {
        _clock.Follow(TimeSpan.FromDays(-3000), 1);

        _clock.GetUtcNow().ShouldBe(_real.GetUtcNow().AddDays(-3000));
        _real.Advance(TimeSpan.FromSeconds(1));
        _clock.GetUtcNow().ShouldBe(_real.GetUtcNow().AddDays(-3000));
    }

    [Fact]
    public async Task A_jump_fires_what_has_become_due()
    {
        var soon = Task.Delay(TimeSpan.FromMinutes(10), _clock);
        var later = Task.Delay(TimeSpan.FromHours(2), _clock);

        _clock.Follow(TimeSpan.FromHours(1), 1);

        await soon.WaitAsync(TimeSpan.FromSeconds(10));
        later.IsCompleted.ShouldBeFalse();
        _real.Advance(TimeSpan.FromHours(1));
        await later.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_jump_shortens_the_waits_that_remain()
    {
        var delay = Task.Delay(TimeSpan.FromHours(2), _clock);

        _clock.Follow(TimeSpan.FromMinutes(119), 1);
        _real.Advance(TimeSpan.FromSeconds(59));
        delay.IsCompleted.ShouldBeFalse();
        _real.Advance(TimeSpan.FromSeconds(1));

        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Going_back_leaves_the_waits_as_long_as_they_were()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(10), _clock);

        _clock.Follow(TimeSpan.FromDays(-1000), 1);
        _real.Advance(TimeSpan.FromMinutes(10));

        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Waits_may_be_as_long_as_one_likes()
    {
        var delay = Task.Delay(TimeSpan.FromDays(40), _clock);

        _real.Advance(TimeSpan.FromDays(39.9));
        delay.IsCompleted.ShouldBeFalse();
        _real.Advance(TimeSpan.FromDays(0.1));

        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_jump_over_many_periods_is_one_tick()
    {
        var ticks = new ConcurrentQueue<DateTimeOffset>();
        await using var timer = _clock.CreateTimer(_ => ticks.Enqueue(_clock.GetUtcNow()), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        _clock.Follow(TimeSpan.FromHours(1), 1);
        await Eventually.BecomesTrueAsync(() => !ticks.IsEmpty, "it ticks");
        _real.Advance(TimeSpan.FromSeconds(3));

        ticks.Count.ShouldBe(4);
    }

    [Fact]
    public void A_timer_that_is_disposed_or_put_off_does_not_fire()
    {
        var fired = 0;
        var disposed = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var putOff = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        disposed.Dispose();
        putOff.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        _clock.Follow(TimeSpan.FromHours(1), 1);
        _real.Advance(TimeSpan.FromHours(1));

        fired.ShouldBe(0);
    }

    [Fact]
    public void An_older_version_that_comes_late_is_ignored()
    {
        _clock.Follow(TimeSpan.FromHours(2), 2);
        _clock.Follow(TimeSpan.FromHours(1), 1);

        _clock.Offset.ShouldBe(TimeSpan.FromHours(2));
    }

    [Fact]
    public async Task On_the_machine_s_clock_a_timer_never_fires_early()
    {
        var clock = new DomainClock(TimeProvider.System);
        for (var i = 0; i < 20; i++)
        {
            var due = clock.GetUtcNow() + TimeSpan.FromMilliseconds(3.7);
            await Task.Delay(TimeSpan.FromMilliseconds(3.7), clock);
            clock.GetUtcNow().ShouldBeGreaterThanOrEqualTo(due.AddTicks(-9999));   // Task.Delay itself counts whole milliseconds
        }
    }

    [Fact]
    public void Elapsed_time_is_real()
    {
        var before = _clock.GetTimestamp();
        _clock.Follow(TimeSpan.FromHours(1), 1);

        _clock.GetElapsedTime(before).ShouldBe(TimeSpan.Zero);
    }
}
