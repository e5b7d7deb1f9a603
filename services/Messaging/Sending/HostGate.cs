using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>
/// What one mail server is given: no more in any second than it allows, and nothing for a while when it fails or asks for patience. After
/// such a pause one mail goes ahead; the others wait unclaimed, without losing an attempt, until the server has answered that one. Ours,
/// because the rate limiters of .NET can't be given a clock. Thread-safe.
/// </summary>
internal sealed class HostGate
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _clock;
    private readonly ILogger? _log;
    private readonly Lock _lock = new();
    private readonly long _began;
    private readonly TimeSpan _beat;
    private readonly int _burst = 1;
    private TimeSpan _nextBeat;
    private TimeSpan _pauseEnds;
    private int _pauses;

    /// <param name="maxPerSecond">Null: as many as there are.</param>
    /// <param name="clock">Real time.</param>
    public HostGate(double? maxPerSecond, TimeProvider clock, ILogger? log = null)
    {
        (_clock, _log, _began) = (clock, log, clock.GetTimestamp());
        if (maxPerSecond is not { } most) return;
        if (most <= 0) throw new InvalidOperationException("Smtp:MaxPerSecond must be more than 0.");

        // A few at once save claims; the beat is slower by them, so that no second sees more than allowed.
        _burst = Math.Max(1, (int)(most / 20));
        _beat = TimeSpan.FromSeconds(1 / (most - _burst + 1));
    }

    /// <summary>How many pauses in a row there were: what comes of an attempt that began before the last one says nothing new.</summary>
    public int Pauses => Volatile.Read(ref _pauses);

    private TimeSpan Now => _clock.GetElapsedTime(_began);

    public Allowance Allow(int most)
    {
        lock (_lock)
        {
            var now = Now;
            if (_pauseEnds > now) return new(0, _pauseEnds - now);
            var allowed = Math.Min(_pauses > 0 ? 1 : most, Paced(now));
            return new(allowed, _beat == TimeSpan.Zero ? FirstPause : FirstFree(now) + (allowed * _beat) - now);
        }
    }

    public void Begun(int mails)
    {
        lock (_lock)
        {
            var now = Now;
            _nextBeat = FirstFree(now) + (mails * _beat);
            if (_pauses > 0 && mails > 0) _pauseEnds = now + Pause;
        }
    }

    /// <param name="pauses"><see cref="Pauses"/> when the attempt began.</param>
    public void Answered(int pauses)
    {
        lock (_lock)
        {
            if (pauses == _pauses) (_pauses, _pauseEnds) = (0, default);
        }
    }

    /// <inheritdoc cref="Answered"/>
    public void Failed(int pauses, TemporaryFailure why)
    {
        lock (_lock)
        {
            if (pauses != _pauses) return;
            _pauses++;
            _pauseEnds = Now + Pause;
        }

        MessagingMetrics.ServerPaused();
        _log?.LogWarning("Mails wait for {Seconds} s: {Reason}", Pause.TotalSeconds, why.Message);
    }

    private TimeSpan Pause => TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(_pauses - 1, 10)));

    private int Paced(TimeSpan now) => _beat == TimeSpan.Zero ? int.MaxValue : (int)Math.Floor((now - FirstFree(now)) / _beat) + 1;

    /// <summary>The first beat that nothing has used; those that passed long ago are lost.</summary>
    private TimeSpan FirstFree(TimeSpan now) => now - ((_burst - 1) * _beat) is var oldest && oldest > _nextBeat ? oldest : _nextBeat;
}
