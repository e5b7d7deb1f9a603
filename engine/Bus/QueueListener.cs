using System.Threading.Channels;
using Engagement.EventStore;
using Microsoft.Extensions.Logging;

namespace Engagement.Bus;

/// <summary>
/// Works one queue: a scout moves what is due and finds which slots have something, workers claim slot by slot.
/// Claims are bound from below by what is known to be settled, so that dead rows cost nothing.
/// </summary>
internal sealed class QueueListener : IDisposable
{
    private const int LookBehind = 500;
    private static readonly TimeSpan FullLookEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LooksApart = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly BusRuntime _bus;
    private readonly WolverineOptions _options;
    private readonly QueueSql _sql;
    private readonly BatchRunner _runner;
    private readonly ILogger _log;
    private readonly SlotState[] _slots = [.. Enumerable.Range(0, Slots.Count).Select(_ => new SlotState())];
    private readonly Channel<short> _ready = System.Threading.Channels.Channel.CreateUnbounded<short>();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];
    private readonly Horizon _horizon = new();
    private readonly Floor _dueFloor = new();
    private readonly Floor _retryFloor = new();
    private long _nextDue = long.MaxValue;   // UTC ticks of the domain's clock
    private long _lookedTo;
    private volatile bool _lookFully = true;

    public QueueListener(BusRuntime bus, WolverineOptions options, QueueSql sql, ILogger log)
    {
        (_bus, _options, _sql, _log) = (bus, options, sql, log);
        _runner = new BatchRunner(bus, options, sql, log);
    }

    /// <param name="careful">A process did not stop cleanly: what it may have held is tried message by message, each attempt counted first.</param>
    public void Start(bool careful)
    {
        if (careful)
        {
            _log.LogWarning("A process that listened to {Queue} did not stop cleanly; its first messages are handled one by one.", _sql.Queue);
            foreach (var slot in _slots) slot.CarefulClaims = _options.Durability.RecoveryBatchSize;
        }

        _tasks.Add(Task.Run(Scout));
        for (var i = 0; i < _options.Durability.MaximumParallelBatches; i++) _tasks.Add(Task.Run(Work));
    }

    /// <summary>Lets the running batches end; nothing new is claimed.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks).WaitAsync(ct);
    }

    /// <summary>Something was committed to this queue by somebody: look.</summary>
    public void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }

    /// <summary>This message was committed to this queue by this process.</summary>
    public void Hint(Envelope envelope)
    {
        if (envelope.ScheduledTime is { } due)
        {
            if (due <= _dueFloor.Value) _lookFully = true;
            if (due.UtcTicks < Interlocked.Read(ref _nextDue)) Wake();
        }
        else
        {
            MarkReady(envelope.Slot, state => state.Hint(envelope.TenantId!, _horizon.Settled));
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _wake.Dispose();
    }

    private void MarkReady(short slot, Action<SlotState> mark)
    {
        var state = _slots[slot];
        lock (state)
        {
            mark(state);
            if (state.IsQueued) return;
            state.IsQueued = true;
        }

        _ready.Writer.TryWrite(slot);
    }

    private async Task Scout()
    {
        var lastFullLook = TimeProvider.System.GetTimestamp();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var began = TimeProvider.System.GetTimestamp();
                var full = _lookFully || TimeProvider.System.GetElapsedTime(lastFullLook) > FullLookEvery;
                if (full) lastFullLook = began;
                _lookFully = false;
                Interlocked.Exchange(ref _nextDue, long.MaxValue);   // what is hinted from here on, this look may not see
                var look = await Look(full);
                Interlocked.Exchange(ref _nextDue, look.NextDue?.UtcTicks ?? long.MaxValue);
                if (look.MayBeMore) continue;
                await Pause(look.NextDue, look.NextRetry);
                // A look that is dear, because dead rows lie about, and moves nothing is not taken often.
                var apart = (look.HasMoved ? LooksApart : Max(LooksApart, 2 * look.Took)) - TimeProvider.System.GetElapsedTime(began);
                if (apart > TimeSpan.Zero) await Wait(apart);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _log.LogWarning("The queue {Queue} can't be looked at ({Reason}); trying again.", _sql.Queue, e.Message);
                _lookFully = true;
                await Wait(_options.Durability.ScheduledJobPollingTime);
            }
        }
    }

    /// <summary>One round trip: moves what is due into the queue, asks when the next is, and finds slots with something new.</summary>
    private async Task<LookResult> Look(bool full)
    {
        var (domainNow, realNow) = (_bus.Router.Clock.GetUtcNow(), TimeProvider.System.GetUtcNow());
        var began = TimeProvider.System.GetTimestamp();
        _options.Fault?.Invoke(FaultPoint.Looking, null);
        var look = await _sql.Look(
            _bus.Store.DataSource, domainNow, full ? DateTimeOffset.MinValue : _dueFloor.Value, realNow, full ? DateTimeOffset.MinValue : _retryFloor.Value,
            full ? 0 : _horizon.Settled, _stop.Token);
        if (look.HasMoved) _options.Fault?.Invoke(FaultPoint.Moved, null);
        Interlocked.Exchange(ref _lookedTo, Math.Max(look.HighestId, _horizon.Highest));
        if (look.IsMover && look.MovedScheduled < QueueSql.MoveLimit) _dueFloor.Moved(domainNow);
        if (look.MovedRetries < QueueSql.MoveLimit) _retryFloor.Moved(realNow);
        // Before the horizon passes them: a hint must not make a claim begin above what others hold and may give back.
        foreach (var (slot, tenant, lowest) in look.Found) MarkReady(slot, state => state.Found(tenant, lowest - 1));
        _horizon.Saw(look.Writers, look.HighestId);
        return look with { Took = TimeProvider.System.GetElapsedTime(began) };
    }

    /// <summary>Whether so much has come and gone that the horizon is worth moving on. Held back by a long writer, it is tried less and less often.</summary>
    private bool IsFarBehind() => _horizon.Highest - Interlocked.Read(ref _lookedTo) > Math.Max(LookBehind, (_horizon.Highest - _horizon.Settled) / 4);

    /// <summary>Until somebody wakes us, a timer or a retry is due, or the poll is.</summary>
    private async Task Pause(DateTimeOffset? nextDue, DateTimeOffset? nextRetry)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var poll = _options.Durability.ScheduledJobPollingTime;
        if (nextRetry - TimeProvider.System.GetUtcNow() is { } untilRetry && untilRetry < poll) poll = Max(untilRetry, TimeSpan.Zero);
        List<Task> waits = [_wake.WaitAsync(end.Token), Task.Delay(poll, TimeProvider.System, end.Token)];
        if (nextDue - _bus.Router.Clock.GetUtcNow() is { } untilDue)
            waits.Add(Task.Delay(Max(Min(untilDue, LongestWait), TimeSpan.Zero), _bus.Router.Clock, end.Token));
        await Task.WhenAny(waits);
        await end.CancelAsync();
    }

    private async Task Work()
    {
        try
        {
            await foreach (var slot in _ready.Reader.ReadAllAsync(_stop.Token)) await Work(slot);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped: what is ready stays in its table for the next process.
        }
    }

    private async Task Work(short slot)
    {
        var state = _slots[slot];
        Claim claim;
        lock (state) claim = state.Next(slot, _options.Durability.RecoveryBatchSize, _horizon.Settled);

        TimeSpan? pause = null;
        if (claim.Tenants.Length > 0)
        {
            var result = await _runner.Run(claim, _stop.Token);
            foreach (var envelope in result.Taken) _horizon.Claimed(envelope.QueueId);
            if (result.Retries || IsFarBehind()) Wake();
            lock (state) state.Done(claim, result);
            pause = result.Pause;
            if (result.WorkerPause is { } rest) await Wait(rest);
        }

        lock (state)
        {
            if (!state.HasSome)
            {
                state.IsQueued = false;
                return;
            }
        }

        if (pause is { } time) _ = Wait(time).ContinueWith(_ => _ready.Writer.TryWrite(slot), TaskScheduler.Default);
        else _ready.Writer.TryWrite(slot);
    }

    private Task Wait(TimeSpan time) =>
        Task.Delay(time, TimeProvider.System, _stop.Token)
            .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
