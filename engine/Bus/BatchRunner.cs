using System.Collections.Concurrent;
using System.Diagnostics;
using Engagement.EventStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.Bus;

/// <summary>
/// Claims, handles and commits. All handlers of a batch share one transaction; when one fails, the batch is run again with a savepoint
/// for each, so that the failing one alone steps aside.
/// </summary>
internal sealed class BatchRunner(BusRuntime bus, WolverineOptions options, QueueSql sql, ILogger log)
{
    private const int MostCrashes = 3;
    private static readonly TimeSpan SlotIsTaken = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan DatabaseIsAway = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CrashWait = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, bool> _slowTypes = new();

    public async Task<ClaimResult> Run(Claim claim, CancellationToken stopping)
    {
        try
        {
            return claim.Careful ? await RunCarefully(claim, stopping) : await RunBatch(claim, stopping);
        }
        catch (Exception e) when (IsAway(e))
        {
            if (!stopping.IsCancellationRequested) log.LogWarning("A batch of {Queue} was undone ({Reason}); it is tried again.", sql.Queue, e.Message);
            return new ClaimResult(false, [], Pause: e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } ? SlotIsTaken : DatabaseIsAway);
        }
        catch (Exception e)
        {
            log.LogError(e, "A batch of {Queue} could not be committed; it is tried again.", sql.Queue);
            return new ClaimResult(false, [], Pause: DatabaseIsAway);
        }
    }

    private async Task<ClaimResult> RunBatch(Claim claim, CancellationToken stopping)
    {
        await using var transaction = await BusTransaction.Begin(bus.Store.DataSource, stopping);
        var taken = await transaction.Channel.ReadAsync(sql.Claim(claim.Slot, claim.Tenants, claim.Lows, claim.Share), sql.ReadClaim, stopping);
        if (taken is null) return new ClaimResult(false, [], Pause: SlotIsTaken);
        if (taken.Count > 1 && taken.Any(e => _slowTypes.ContainsKey(e.MessageType!))) return new ClaimResult(false, [], Alone: taken.Count);

        var run = new HandlerRun();
        try
        {
            foreach (var envelope in taken) await Handle(envelope, transaction.Channel, run);
            await transaction.Commit();
            run.Tell(bus, taken);
            return new ClaimResult(true, taken);
        }
        catch (Exception e) when (!IsAway(e))
        {
            run.Forget();
            await transaction.Rollback();
            // A save that was refused at the commit of a single message is that message's own.
            var cause = e is PostgresException refused ? StorageErrors.Translate(refused, starts: false) ?? e : e;
            return taken is [var only] ? await StepAside(claim, only, cause) : await RunWithSavepoints(claim, taken);
        }
        catch (Exception)
        {
            run.Forget();
            throw;
        }
    }

    /// <summary>Each message at its own savepoint, each save at once: what fails goes back there and only its failure is stored.</summary>
    private async Task<ClaimResult> RunWithSavepoints(Claim claim, List<Envelope> batch)
    {
        await using var transaction = await BusTransaction.Begin(bus.Store.DataSource, CancellationToken.None);
        var taken = await transaction.Channel.ReadAsync(sql.ClaimAgain(claim.Slot, [.. batch.Select(e => e.QueueId)]), sql.ReadClaim, CancellationToken.None);
        if (taken is null) return new ClaimResult(false, [], Pause: SlotIsTaken);

        transaction.Channel.Immediate = true;
        var told = new HandlerRun();
        var retries = false;
        foreach (var envelope in taken)
        {
            await transaction.Execute("savepoint message");
            var run = new HandlerRun();
            try
            {
                await Handle(envelope, transaction.Channel, run);
                await transaction.Execute("release savepoint message");
                told.Add(run);
            }
            catch (Exception e) when (!IsAway(e))
            {
                run.Forget();
                transaction.Channel.Discard();
                await transaction.Execute("rollback to savepoint message");
                retries |= Fail(envelope, e, transaction.Channel, told);
            }
            catch (Exception)
            {
                run.Forget();
                told.Forget();
                throw;
            }
        }

        await transaction.Commit();
        told.Tell(bus, taken);
        return new ClaimResult(true, taken, retries);
    }

    /// <summary>A message that failed alone: only its failure is stored.</summary>
    private async Task<ClaimResult> StepAside(Claim claim, Envelope failed, Exception e)
    {
        await using var transaction = await BusTransaction.Begin(bus.Store.DataSource, CancellationToken.None);
        var taken = await transaction.Channel.ReadAsync(sql.ClaimAgain(claim.Slot, [failed.QueueId]), sql.ReadClaim, CancellationToken.None);
        if (taken is null) return new ClaimResult(false, [], Pause: SlotIsTaken);
        var told = new HandlerRun();
        var retries = taken.Count > 0 && Fail(taken[0], e, transaction.Channel, told);
        await transaction.Commit();
        told.Tell(bus, []);
        return new ClaimResult(true, taken, retries);
    }

    /// <summary>
    /// One message whose attempt is committed before it is handled: a message that kills the process is counted, and after
    /// a few crashes given up.
    /// </summary>
    private async Task<ClaimResult> RunCarefully(Claim claim, CancellationToken stopping)
    {
        Envelope envelope;
        List<Envelope>? taken;
        await using (var counted = await BusTransaction.Begin(bus.Store.DataSource, stopping))
        {
            taken = await counted.Channel.ReadAsync(sql.Claim(claim.Slot, claim.Tenants, claim.Lows, 1), sql.ReadClaim, stopping);
            if (taken is null) return new ClaimResult(false, [], Pause: SlotIsTaken);
            if (taken.Count == 0) return new ClaimResult(true, taken);
            envelope = taken[0];
            if (envelope.Crashes >= MostCrashes)
            {
                var told = new HandlerRun();
                Bury(envelope, new ProcessEndedException($"The process ended {envelope.Crashes} times while this message was handled."), counted.Channel, told);
                await counted.Commit();
                told.Tell(bus, []);
                return new ClaimResult(true, taken);
            }

            envelope.Crashes++;   // until it is known better
            counted.Channel.Enqueue(sql.Retry(envelope, TimeProvider.System.GetUtcNow() + CrashWait, null));
            await counted.Commit();
            envelope.Crashes--;
        }

        await using var transaction = await BusTransaction.Begin(bus.Store.DataSource, CancellationToken.None);
        if (!await transaction.Channel.ReadAsync(sql.TakeRetry(envelope.Id), (reader, ct) => reader.ReadAsync(ct), CancellationToken.None))
            return new ClaimResult(true, taken);   // another process took it over
        var run = new HandlerRun();
        try
        {
            await Handle(envelope, transaction.Channel, run);
            await transaction.Commit();
            run.Tell(bus, taken);
            return new ClaimResult(true, taken);
        }
        catch (Exception e) when (!IsAway(e))
        {
            run.Forget();
            await transaction.Rollback();
            await using var failed = await BusTransaction.Begin(bus.Store.DataSource, CancellationToken.None);
            var told = new HandlerRun();
            if (!await failed.Channel.ReadAsync(sql.TakeRetry(envelope.Id), (reader, ct) => reader.ReadAsync(ct), CancellationToken.None)) return new ClaimResult(true, taken);
            var retries = Fail(envelope, e, failed.Channel, told);
            await failed.Commit();
            told.Tell(bus, []);
            return new ClaimResult(true, taken, retries);
        }
    }

    private async Task Handle(Envelope envelope, SharedChannel channel, HandlerRun run)
    {
        var chain = bus.Router.Open(envelope);
        envelope.Attempts++;
        run.Begin(envelope, chain);
        var began = TimeProvider.System.GetTimestamp();
        var (_, sent) = await bus.Handle(chain, envelope, channel, null, CancellationToken.None);
        if (TimeProvider.System.GetElapsedTime(began) > options.Durability.SlowHandler && _slowTypes.TryAdd(envelope.MessageType!, true))
            log.LogWarning("{Handler} is slow: it is handled alone from now on.", chain.Name);
        run.End(sent);
    }

    /// <summary>Stores what a failure leads to; true where it is tried again.</summary>
    private bool Fail(Envelope envelope, Exception e, SharedChannel channel, HandlerRun told)
    {
        if (envelope.Message is null) envelope.Attempts++;   // not counted yet: it could not be read, or failed before it was claimed again
        var action = options.Failures.ActionFor(e, envelope.Attempts);
        if (action.RetryAfter is { } wait)
        {
            channel.Enqueue(sql.Retry(envelope, TimeProvider.System.GetUtcNow() + wait, e));
            told.Afterwards(() =>
            {
                BusTelemetry.Retries.Add(1, BusTelemetry.Tags(envelope, "retried"));
                log.LogWarning(e, "{MessageType} failed at attempt {Attempt} and is tried again in {Wait}.", envelope.MessageType, envelope.Attempts, wait);
            });
            return true;
        }

        if (action.Discard) told.Afterwards(() => log.LogWarning(e, "{MessageType} failed and is dropped.", envelope.MessageType));
        else Bury(envelope, e, channel, told);
        return false;
    }

    private void Bury(Envelope envelope, Exception e, SharedChannel channel, HandlerRun told)
    {
        channel.Enqueue(sql.Bury(envelope, bus.Router.Clock.GetUtcNow(), e));
        told.Afterwards(() =>
        {
            BusTelemetry.DeadLetters.Add(1, BusTelemetry.Tags(envelope, "dead"));
            log.LogError(e, "{MessageType} is given up after {Attempts} attempts: it is in the dead letters of {Queue}.", envelope.MessageType, envelope.Attempts, sql.Queue);
        });
    }

    /// <summary>Whether it says nothing of the message: the database or its connection is away, or we are stopping.</summary>
    private static bool IsAway(Exception e) => e switch
    {
        OperationCanceledException => true,
        PostgresException p => p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState.StartsWith("57", StringComparison.Ordinal)
            || p.SqlState.StartsWith("53", StringComparison.Ordinal) || p.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure,
        NpgsqlException => true,
        _ => false,
    };
}

/// <summary>The process ended, more than once, while a message was handled.</summary>
public sealed class ProcessEndedException(string message) : Exception(message);

/// <summary>A transaction that begins with its first command and ends with its last: no round trip of its own.</summary>
internal sealed class BusTransaction : IAsyncDisposable
{
    private bool _ended;

    private BusTransaction(NpgsqlConnection connection) => Channel = new SharedChannel(connection);

    public SharedChannel Channel { get; }

    public static async Task<BusTransaction> Begin(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        var transaction = new BusTransaction(await dataSource.OpenConnectionAsync(ct));
        transaction.Channel.Enqueue(new NpgsqlBatchCommand("begin"));
        return transaction;
    }

    public Task Execute(string sql) => Channel.FlushAsync(CancellationToken.None, new NpgsqlBatchCommand(sql));

    public async Task Commit()
    {
        await Execute("commit");
        _ended = true;
    }

    public async Task Rollback()
    {
        Channel.Discard();
        await Execute("rollback");
        _ended = true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_ended && Channel.Connection.FullState == System.Data.ConnectionState.Open) await Rollback();
        }
        catch (NpgsqlException)
        {
            // The connection is gone, and the transaction with it.
        }

        await Channel.Connection.DisposeAsync();
    }
}

/// <summary>What handlers of one transaction said to the outside: told after its commit, forgotten without it.</summary>
internal sealed class HandlerRun
{
    private readonly List<Action> _held = [];
    private readonly List<Activity> _activities = [];
    private readonly List<Envelope> _sent = [];
    private Activity? _current;

    public void Begin(Envelope envelope, HandlerChain chain)
    {
        Held.Begin(_held);
        _current = BusTelemetry.Process(envelope, chain);
        if (_current is not null) _activities.Add(_current);
    }

    public void End(IReadOnlyList<Envelope> sent)
    {
        Held.End();
        _sent.AddRange(sent);
        _current?.SetEndTime(TimeProvider.System.GetUtcNow().UtcDateTime);   // it is stopped, and told, after the commit
        Activity.Current = null;
    }

    public void Afterwards(Action action) => _held.Add(action);

    public void Add(HandlerRun other)
    {
        _held.AddRange(other._held);
        _activities.AddRange(other._activities);
        _sent.AddRange(other._sent);
    }

    public void Tell(BusRuntime bus, IReadOnlyList<Envelope> handled)
    {
        bus.Sent(_sent);
        foreach (var activity in _activities) activity.Stop();
        var now = bus.Router.Clock.GetUtcNow();
        foreach (var envelope in handled)
        {
            BusTelemetry.Lag.Record((now - (envelope.ScheduledTime ?? envelope.SentAt)).TotalSeconds, BusTelemetry.Tags(envelope));
            if (envelope.ScheduledTime is { } due) BusTelemetry.TimersLag.Record((now - due).TotalSeconds, BusTelemetry.Tags(envelope));
        }

        Held.Release(_held);
    }

    public void Forget()
    {
        Held.End();
        Activity.Current = null;
        foreach (var activity in _activities)
        {
            BusTelemetry.Forget(activity);
            activity.Stop();
        }

        _activities.Clear();
        _held.Clear();
        _sent.Clear();
    }
}
