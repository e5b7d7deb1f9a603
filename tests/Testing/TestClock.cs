namespace Engagement.Testing;

/// <summary>
/// A clock that moves only when told. Timers made on it fire in the order of their due times, on the thread that moves the
/// clock, which then says the time they were due at. Thread-safe.
/// </summary>
public sealed class TestClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _state = new();
    private readonly Lock _moving = new();
    private readonly List<TestTimer> _timers = [];
    private DateTimeOffset _now = start.ToUniversalTime();
    private long _created;

    /// <summary>Noon (UTC) of a Monday in winter.</summary>
    public TestClock() : this(new DateTimeOffset(2026, 1, 12, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers are armed: lets a test wait until the code under test sleeps.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_state) return _timers.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_state) return _now;
    }

    public override long GetTimestamp() => (GetUtcNow() - start).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on and fires what becomes due on the way.</summary>
    public void Advance(TimeSpan by) => AdvanceTo(GetUtcNow() + by);

    /// <summary>Moves the clock on to an instant; the present one does nothing but fire what is due.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instant has passed.</exception>
    public void AdvanceTo(DateTimeOffset instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, GetUtcNow());
        lock (_moving)
        {
            while (NextDue(instant) is { } timer) timer.Fire();
            lock (_state) _now = instant > _now ? instant.ToUniversalTime() : _now;
        }
    }

    private TestTimer? NextDue(DateTimeOffset until)
    {
        lock (_state)
        {
            var next = _timers.Where(timer => timer.Due <= until).MinBy(timer => (timer.Due, timer.Order));
            if (next is null) return null;
            if (next.Due > _now) _now = next.Due;
            _timers.Remove(next);
            if (next.Period > TimeSpan.Zero) Arm(next, next.Period);
            return next;
        }
    }

    private void Arm(TestTimer timer, TimeSpan dueTime)
    {
        (timer.Due, timer.Order) = (_now + dueTime, _created++);
        _timers.Add(timer);
    }

    private sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public long Order { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._state)
            {
                clock._timers.Remove(this);
                Period = period;
                if (dueTime > TimeSpan.Zero) clock.Arm(this, dueTime);
                else if (dueTime == TimeSpan.Zero && period > TimeSpan.Zero) clock.Arm(this, period);
            }

            if (dueTime == TimeSpan.Zero) ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.Fire(), this, preferLocal: false);
            return true;
        }

        public void Dispose()
        {
            lock (clock._state) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
