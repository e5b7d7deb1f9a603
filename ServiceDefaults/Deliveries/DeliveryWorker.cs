using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Works off a service's deliveries of one kind: claims what is due under a lease, attempts several at once, retries with growing
/// waits, gives up in the end. Any number of instances share the table; what one leaves behind, another takes when its lease ends.
/// </summary>
public sealed class DeliveryWorker<TChannel> : BackgroundService where TChannel : IDeliveryChannel
{
    private static readonly TimeSpan CompletionWait = TimeSpan.FromMilliseconds(200);

    private readonly TChannel _channel;
    private readonly NpgsqlDataSource _database;
    private readonly DeliveryTable _table;
    private readonly DeliveryWorkerOptions _options;
    private readonly DeliveryWaker _waker;
    private readonly RealTime _real;
    private readonly ILogger _log;
    private readonly Guid _owner = Guid.NewGuid();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<Task, byte> _underWay = [];
    private readonly CancellationTokenSource _abandon = new();
    private readonly ITimer _askAgain;
    private int _running;
    private int _moreIsDue;
    private long _notifiedAt;

    internal DeliveryWorker(
        TChannel channel, NpgsqlDataSource database, string schema, DeliveryWorkerOptions options, DeliveryWaker waker, RealTime real, ILogger log)
    {
        (_channel, _database, _options, _waker, _real, _log) = (channel, database, options.Checked(), waker, real, log);
        _table = new DeliveryTable(database, schema);
        _askAgain = real.Clock.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks for due deliveries at once. Cheap, never blocks.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public override void Dispose()
    {
        _abandon.Dispose();
        _askAgain.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _waker.Add(Wake);
        await using var poll = _real.Clock.CreateTimer(_ => Wake(), null, TimeSpan.Zero, _options.Poll);
        var listening = ListenAsync(stoppingToken);
        try
        {
            while (await _wake.Reader.WaitToReadAsync(stoppingToken))
            {
                _wake.Reader.TryRead(out _);
                await ClaimAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await EndAsync();
        }
        finally
        {
            _waker.Remove(Wake);
            await listening;
        }
    }

    /// <summary>Claims no more than can be started at once, so that no lease runs while its delivery waits.</summary>
    private async Task ClaimAsync()
    {
        // Said before the free places are counted: an attempt that ends after that wakes us.
        Interlocked.Exchange(ref _moreIsDue, 1);
        var free = _options.Concurrency - Volatile.Read(ref _running);
        if (free == 0) return;
        var allowed = _channel.Allow(free);
        if (allowed.Count < free) _askAgain.Change(allowed.AskAgain, Timeout.InfiniteTimeSpan);
        if (allowed.Count == 0) return;
        try
        {
            // Not cut off by a stop: what is claimed must be known, or its lease would have to end first.
            var now = _real.Now;
            var claimed = await _table.ClaimAsync(_channel.Kind, now, _owner, now + _options.Lease, allowed.Count, IsStillMineAsync);
            if (claimed.Count < allowed.Count) Interlocked.Exchange(ref _moreIsDue, 0);
            _channel.Begun(claimed.Count);
            foreach (var delivery in claimed) Start(delivery);
            if (claimed.Count == free) await NotifyOthersAsync();
        }
        catch (NpgsqlException error)
        {
            _log.LogWarning(error, "Deliveries of {Kind} can't be claimed now.", _channel.Kind);
        }
    }

    /// <summary>More is due than we can do: the other instances may have room.</summary>
    private async Task NotifyOthersAsync()
    {
        if (_notifiedAt != 0 && _real.Clock.GetElapsedTime(_notifiedAt) < _options.Poll / 4) return;
        _notifiedAt = _real.Clock.GetTimestamp();
        await _table.NotifyAsync();
    }

    private void Start(Delivery delivery)
    {
        Interlocked.Increment(ref _running);
        var work = Task.Run(() => WorkAsync(delivery), CancellationToken.None);
        _underWay.TryAdd(work, 0);
        _ = work.ContinueWith(
            done =>
            {
                _underWay.TryRemove(done, out _);
                Interlocked.Decrement(ref _running);
                if (Volatile.Read(ref _moreIsDue) == 1) Wake();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task WorkAsync(Delivery delivery)
    {
        using var span = DeliveryTelemetry.Start(delivery);
        try
        {
            var outcome = delivery.Attempt <= _options.MaxAttempts
                ? await AttemptAsync(delivery)
                : DeliveryOutcome.Refused(delivery.LastError ?? "never ended");
            DeliveryTelemetry.Ended(span, delivery, outcome);
            await SettleAsync(delivery, outcome);
        }
        catch (Exception error)
        {
            _log.LogError(error, "The delivery {Id} of {Tenant} could not be settled and is taken up again when its lease ends.", delivery.Id, delivery.Tenant);
        }
    }

    private async Task<DeliveryOutcome> AttemptAsync(Delivery delivery)
    {
        using var limit = new CancellationTokenSource(_options.AttemptLimit, _real.Clock);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _abandon.Token);
        try
        {
            return await _channel.AttemptAsync(delivery, cut.Token).WaitAsync(cut.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return DeliveryOutcome.Failed($"not within {_options.AttemptLimit.TotalSeconds:0} s");
        }
        catch (OperationCanceledException) when (_abandon.IsCancellationRequested)
        {
            return DeliveryOutcome.Interrupted;
        }
        catch (Exception error)
        {
            return DeliveryOutcome.Failed(error.GetType().Name);
        }
        finally
        {
            delivery.End();
        }
    }

    private Task SettleAsync(Delivery delivery, DeliveryOutcome outcome)
    {
        if (outcome == DeliveryOutcome.Delivered) return CompleteAsync(delivery);
        if (outcome == DeliveryOutcome.Lost) return Task.CompletedTask;
        if (outcome == DeliveryOutcome.Withheld) return WithholdAsync(delivery);
        if (outcome == DeliveryOutcome.Interrupted) return delivery.MayHaveGone ? Task.CompletedTask : _table.ReleaseAsync(delivery, _owner);
        if (outcome.IsPostponed) return _table.ReleaseAsync(delivery, _owner, _real.Now + outcome.RetryAfter!.Value);

        _log.LogWarning("Attempt {Attempt} of the delivery {Id} of {Tenant}: {Outcome}.", delivery.Attempt, delivery.Id, delivery.Tenant, outcome);
        return outcome.IsFinal || delivery.Attempt >= _options.MaxAttempts
            ? GiveUpAsync(delivery, outcome.Error)
            : _table.RetryAsync(delivery, _owner, _real.Now + Later(outcome.RetryAfter, _options.WaitAfter(delivery.Attempt)), outcome.Error);
    }

    /// <summary>Who asks for little patience again and again must not use up in seconds the attempts that are meant for days.</summary>
    private static TimeSpan Later(TimeSpan? wish, TimeSpan wait) => wish > wait ? wish.Value : wait;

    /// <summary>It has gone out: to forget that would send it again, so recording it is tried for as long as nobody else may send it.</summary>
    private async Task CompleteAsync(Delivery delivery)
    {
        var began = _real.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                await _channel.DeliveredAsync(delivery, _table.Delivered(delivery), CancellationToken.None);
                return;
            }
            catch (Exception error) when (_real.Clock.GetElapsedTime(began) < _options.Lease)
            {
                _log.LogWarning(error, "The success of the delivery {Id} of {Tenant} could not be recorded yet.", delivery.Id, delivery.Tenant);
                await Task.Delay(CompletionWait, _real.Clock, _abandon.Token);
            }
        }
    }

    private async Task GiveUpAsync(Delivery delivery, string error)
    {
        if (await IsStillMineAsync(delivery, null, CancellationToken.None) is null) return;
        await _channel.GivenUpAsync(delivery, error, _table.GivenUp(delivery, _owner), CancellationToken.None);
        DeliveryTelemetry.GaveUp(delivery);
    }

    private async Task WithholdAsync(Delivery delivery)
    {
        if (await IsStillMineAsync(delivery, null, CancellationToken.None) is null) return;
        await _channel.WithheldAsync(delivery, _table.GivenUp(delivery, _owner), CancellationToken.None);
    }

    /// <summary>The lease must outlive what may still come of this attempt.</summary>
    private Task<bool?> IsStillMineAsync(Delivery delivery, SqlStatement? condition, CancellationToken ct) =>
        _table.IsLeasedAsync(delivery, _owner, _real.Now + _options.AttemptLimit, condition, ct);

    private async Task EndAsync()
    {
        var all = Task.WhenAll(_underWay.Keys);
        try
        {
            await all.WaitAsync(_options.StopGrace, _real.Clock);
        }
        catch (TimeoutException)
        {
            await _abandon.CancelAsync();
            await all;
        }
    }

    private async Task ListenAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _database.OpenConnectionAsync(ct);
                connection.Notification += (_, _) => Wake();
                await using (var listen = new NpgsqlCommand($"listen {_table.NotifyChannel}", connection)) await listen.ExecuteNonQueryAsync(ct);
                while (true) await connection.WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException error)
            {
                _log.LogWarning(error, "Deliveries of {Kind} are found by polling only, for now.", _channel.Kind);
                await Task.Delay(_options.Poll, _real.Clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
