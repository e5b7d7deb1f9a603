using System.Threading.Channels;
using Engagement.EventStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.Bus;

/// <summary>
/// Works one queue: a scout moves what is due and finds which slots have something, workers claim slot by slot.
/// Claims are bound from below by what is known to be settled, so that dead rows cost nothing.
/// </summary>
internal sealed class QueueListener : IDisposable
{
    private const int MoveLimit = 1000;
    private static readonly TimeSpan FullLookEvery = TimeSpan.FromSeconds(30);
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
    private long _nextDue = long.MaxValue;   // UTC ticks of the domain's clock

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
            if (due.UtcTicks < Interlocked.Read(ref _nextDue)) Wake();
        }
        else
        {
            MarkReady(envelope.Slot, envelope.TenantId!, _horizon.Settled);
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _wake.Dispose();
    }

    private void MarkReady(short slot, string tenant, long low)
    {
        var state = _slots[slot];
        lock (state)
        {
            state.Mark(tenant, low);
            if (state.IsQueued) return;
            state.IsQueued = true;
        }

        _ready.Writer.TryWrite(slot);
    }

    private async Task Scout()
    {
        var lastFullLook = long.MinValue;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var full = lastFullLook == long.MinValue || TimeProvider.System.GetElapsedTime(lastFullLook) > FullLookEvery;
                if (full) lastFullLook = TimeProvider.System.GetTimestamp();
                var (moved, nextDue, nextRetry) = await Look(full);
                Interlocked.Exchange(ref _nextDue, nextDue?.UtcTicks ?? long.MaxValue);
                if (moved < MoveLimit) await Pause(nextDue, nextRetry);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException e)
            {
                _log.LogWarning("The queue {Queue} can't be looked at ({Reason}); trying again.", _sql.Queue, e.Message);
                await Wait(_options.Durability.ScheduledJobPollingTime);
            }
        }
    }

    /// <summary>One round trip: moves what is due into the queue, asks when the next is, and finds slots with something new.</summary>
    private async Task<(long Moved, DateTimeOffset? NextDue, DateTimeOffset? NextRetry)> Look(bool full)
    {
        await using var batch = _bus.Store.DataSource.CreateBatch();
        batch.BatchCommands.Add(_sql.MoveScheduled(_bus.Router.Clock.GetUtcNow(), MoveLimit));
        batch.BatchCommands.Add(_sql.MoveRetries(TimeProvider.System.GetUtcNow(), MoveLimit));
        batch.BatchCommands.Add(_sql.Next());
        batch.BatchCommands.Add(_sql.Discover(full ? 0 : _horizon.Settled));

        var found = new List<(short Slot, string Tenant, long Min)>();
        long moved = 0, max = 0, xmin = 0, xmax = 0;
        DateTimeOffset? nextDue, nextRetry;
        await using (var reader = await batch.ExecuteReaderAsync(_stop.Token))
        {
            await reader.ReadAsync(_stop.Token);
            moved = reader.GetInt64(0);
            await reader.NextResultAsync(_stop.Token);
            await reader.ReadAsync(_stop.Token);
            moved = Math.Max(moved, reader.GetInt64(0));
            await reader.NextResultAsync(_stop.Token);
            await reader.ReadAsync(_stop.Token);
            nextDue = reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0);
            nextRetry = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1);
            await reader.NextResultAsync(_stop.Token);
            while (await reader.ReadAsync(_stop.Token))
            {
                found.Add((reader.GetInt16(0), reader.GetString(1), reader.GetInt64(2)));
                max = Math.Max(max, reader.GetInt64(3));
                (xmin, xmax) = (reader.GetInt64(4), reader.GetInt64(5));
            }
        }

        if (found.Count > 0) _horizon.Saw(max, xmin, xmax);
        foreach (var (slot, tenant, min) in found) MarkReady(slot, tenant, min - 1);
        return (moved, nextDue, nextRetry);
    }

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
        lock (state) claim = state.Next(slot, _options.Durability.RecoveryBatchSize);

        TimeSpan? pause = null;
        if (claim.Tenants.Length > 0)
        {
            var result = await _runner.Run(claim, _stop.Token);
            if (result.Retries) Wake();
            lock (state) state.Done(claim, result, _horizon.Settled);
            pause = result.Pause;
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
        Task.Delay(time, TimeProvider.System, _stop.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

/// <summary>What one claim asks for: a slot, the tenants that have something there, from where on, how many of each.</summary>
/// <param name="Careful">Alone, its attempt committed before it is handled.</param>
internal sealed record Claim(short Slot, string[] Tenants, long[] Lows, long[] Marks, int Share, bool Careful);

/// <summary>What came of a claim: how many of each tenant, up to which id; how long to leave the slot alone.</summary>
/// <param name="Committed">Whether the slot was ours and the claim's transaction committed.</param>
/// <param name="Alone">How many of the next claims are to take one message only.</param>
internal sealed record ClaimResult(bool Committed, IReadOnlyList<Envelope> Taken, bool Retries = false, int Alone = 0, TimeSpan? Pause = null);

/// <summary>What this process knows of one slot. Locked by its listener.</summary>
internal sealed class SlotState
{
    private readonly Dictionary<string, (long Low, long Mark)> _tenants = [];
    private long _marks;
    private int _turn;

    /// <summary>In the line of slots to be worked, or being worked.</summary>
    public bool IsQueued { get; set; }

    public int CarefulClaims { get; set; }

    public int SingleClaims { get; set; }

    public bool HasSome => _tenants.Count > 0;

    public void Mark(string tenant, long low) =>
        _tenants[tenant] = (_tenants.TryGetValue(tenant, out var known) ? Math.Min(known.Low, low) : low, ++_marks);

    /// <summary>The next claim: every tenant gets the same share, in turn where there are more tenants than places.</summary>
    public Claim Next(short slot, int batchSize)
    {
        var size = CarefulClaims > 0 || SingleClaims > 0 ? 1 : batchSize;
        var all = _tenants.ToArray();
        var tenants = all.Length <= size ? all : [.. Enumerable.Range(_turn, size).Select(i => all[i % all.Length])];
        _turn = all.Length == 0 ? 0 : (_turn + tenants.Length) % all.Length;
        return new Claim(slot, [.. tenants.Select(t => t.Key)], [.. tenants.Select(t => t.Value.Low)], [.. tenants.Select(t => t.Value.Mark)],
            Math.Max(1, size / Math.Max(1, tenants.Length)), CarefulClaims > 0);
    }

    public void Done(Claim claim, ClaimResult result, long settled)
    {
        SingleClaims = result.Alone > 0 ? result.Alone : Math.Max(0, SingleClaims - 1);
        if (!result.Committed) return;
        CarefulClaims = Math.Max(0, CarefulClaims - 1);
        for (var i = 0; i < claim.Tenants.Length; i++)
        {
            var tenant = claim.Tenants[i];
            var (count, last) = (0, claim.Lows[i]);
            foreach (var envelope in result.Taken)
            {
                if (envelope.TenantId != tenant) continue;
                count++;
                last = Math.Max(last, envelope.QueueId);
            }

            var known = _tenants[tenant];
            if (count < claim.Share && known.Mark == claim.Marks[i]) _tenants.Remove(tenant);
            else _tenants[tenant] = (known.Low < claim.Lows[i] ? known.Low : Math.Max(known.Low, Math.Min(last, settled)), known.Mark);   // an id above what is settled may still have one below it
        }
    }
}

/// <summary>
/// The id up to which every message is known to be committed or dead. Seen at a snapshot's xmax, it counts only when a later
/// snapshot's xmin has reached that: then no transaction of that time is still under way.
/// </summary>
internal sealed class Horizon
{
    private long _settled;
    private (long Id, long Xmax)? _candidate;

    public long Settled => Interlocked.Read(ref _settled);

    public void Saw(long maxId, long xmin, long xmax)
    {
        if (_candidate is { } candidate)
        {
            if (xmin < candidate.Xmax) return;
            if (candidate.Id > _settled) Interlocked.Exchange(ref _settled, candidate.Id);
        }

        _candidate = (maxId, xmax);
    }
}
