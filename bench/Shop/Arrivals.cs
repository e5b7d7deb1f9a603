using System.Diagnostics;

namespace Engagement.Bench.Shop;

/// <summary>What handlers of one host have committed. Thread-safe.</summary>
public sealed class Arrivals(TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly List<double> _lags = [];
    private long _count;
    private long _wanted = long.MaxValue;
    private long _last;
    private TaskCompletionSource _reached = new();

    public long Count => Interlocked.Read(ref _count);

    /// <summary>When the last one was committed.</summary>
    public long LastTimestamp => Interlocked.Read(ref _last);

    /// <summary>Milliseconds from being due to the commit, of messages that were.</summary>
    public double[] TakeLags()
    {
        lock (_lock)
        {
            double[] lags = [.. _lags];
            _lags.Clear();
            return lags;
        }
    }

    /// <summary>Called after the commit.</summary>
    public void Add(DateTimeOffset? due)
    {
        lock (_lock)
        {
            if (due is { } time) _lags.Add((clock.GetUtcNow() - time).TotalMilliseconds);
            _last = Stopwatch.GetTimestamp();
            if (++_count >= _wanted) _reached.TrySetResult();
        }
    }

    /// <exception cref="TimeoutException">They did not come: something was lost, or is given up.</exception>
    public Task Reach(long count, CancellationToken ct)
    {
        lock (_lock)
        {
            _wanted = count;
            _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_count >= count) _reached.SetResult();
            return _reached.Task.WaitAsync(Patience, ct);
        }
    }
}
