namespace Engagement.ServiceDefaults;

/// <summary>
/// The clock of the domain in development: the real one plus an offset that can be moved. Its timers fire on domain time: a jump
/// forward fires what has become due, one back leaves the waits as long as they were. Timestamps (elapsed time) stay real.
/// Thread-safe.
/// </summary>
public sealed class DomainClock(TimeProvider real) : TimeProvider
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);   // then looked at again; the system's timers end at 49 days

    private readonly Lock _lock = new();
    private readonly HashSet<DomainTimer> _armed = [];
    private TimeSpan _offset;
    private long _version = -1;

    /// <summary>Domain minus real time.</summary>
    public TimeSpan Offset
    {
        get
        {
            lock (_lock) return _offset;
        }
    }

    public override long TimestampFrequency => real.TimestampFrequency;

    internal long Version
    {
        get
        {
            lock (_lock) return _version;
        }
    }

    private TimeProvider Real => real;

    /// <summary>Under the lock.</summary>
    private DateTimeOffset Now => real.GetUtcNow() + _offset;

    public override DateTimeOffset GetUtcNow() => real.GetUtcNow() + Offset;

    public override long GetTimestamp() => real.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new DomainTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Takes over the clock's row; older versions than the present one are ignored.</summary>
    internal void Follow(TimeSpan offset, long version)
    {
        lock (_lock)
        {
            if (version <= _version) return;
            var back = _offset > offset ? _offset - offset : TimeSpan.Zero;
            (_offset, _version) = (offset, version);
            foreach (var timer in _armed) timer.Moved(back);
        }
    }

    /// <summary>All its state is guarded by the clock's lock; the callback runs outside of it, in the context of its creation.</summary>
    private sealed class DomainTimer : ITimer
    {
        private readonly DomainClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _inner;
        private DateTimeOffset _due;
        private TimeSpan _period;

        public DomainTimer(DomainClock clock, TimerCallback callback, object? state)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _inner = clock.Real.CreateTimer(static timer => ((DomainTimer)timer!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_clock._lock)
            {
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    _clock._armed.Remove(this);
                    return _inner.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }

                _due = _clock.Now + dueTime;
                _clock._armed.Add(this);
                return Arm();
            }
        }

        public void Moved(TimeSpan back)
        {
            _due -= back;
            Arm();
        }

        public void Dispose()
        {
            lock (_clock._lock) _clock._armed.Remove(this);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            lock (_clock._lock) _clock._armed.Remove(this);
            return _inner.DisposeAsync();
        }

        private bool Arm()
        {
            // Whole milliseconds, rounded up: the system's timers cut off the rest and would fire too early.
            var wait = TimeSpan.FromMilliseconds(Math.Ceiling((_due - _clock.Now).TotalMilliseconds));
            return _inner.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait, Timeout.InfiniteTimeSpan);
        }

        private void Tick()
        {
            lock (_clock._lock)
            {
                if (!_clock._armed.Contains(this)) return;
                var now = _clock.Now;
                if (now < _due)
                {
                    Arm();
                    return;
                }

                if (_period > TimeSpan.Zero)
                {
                    _due = now + _period;   // a jump over many periods is one tick
                    Arm();
                }
                else
                {
                    _clock._armed.Remove(this);
                }
            }

            _callback(_state);
        }
    }
}
