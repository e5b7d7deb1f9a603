using System.Collections.Concurrent;
using Engagement.EventStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.Bus;

/// <summary>
/// Claims, handles and commits. All handlers of a batch share one transaction; when one fails, the batch is run again with a savepoint
/// for each, so that the failing one alone steps aside. Thread-safe.
/// </summary>
internal sealed class BatchRunner(BusRuntime bus, WolverineOptions options, QueueSql sql, ILogger log)
{
    private const int MostCrashes = 3;
    private static readonly TimeSpan SlotIsTaken = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ConnectionIsGone = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DatabaseIsAway = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, bool> _slowTypes = new();

    /// <summary>Never throws: what goes wrong with the batch as a whole is logged, and its messages stay where they are.</summary>
    public async Task<ClaimResult> Run(Claim claim, CancellationToken stopping)
    {
        BusTransaction? transaction = null;
        List<Envelope>? taken = null;
        try
        {
            transaction = await BusTransaction.Open(bus.Store.DataSource, stopping);
            if (options.Fault is not null) Watch(transaction);
            taken = await transaction.Channel.ReadByIndexAsync(sql.Claim(claim.Slot, claim.Tenants, claim.Lows, claim.Share), sql.ReadClaim, stopping);
            if (taken is null) return new ClaimResult(false, [], Pause: SlotIsTaken);
            if (taken.Count == 0) return new ClaimResult(true, []);
            At(FaultPoint.Claimed, transaction);
            return claim.Careful ? await HandleCarefully(taken[0], transaction) : await HandleBatch(claim, taken, transaction);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new ClaimResult(false, [], Pause: SlotIsTaken);
        }
        catch (Exception e)
        {
            return taken is null ? NotClaimed(e, transaction) : Undone(taken, e, transaction!.IsBroken);
        }
        finally
        {
            if (transaction is not null) await transaction.DisposeAsync();
        }
    }

    private ClaimResult NotClaimed(Exception e, BusTransaction? transaction)
    {
        log.LogWarning("The queue {Queue} can't be read ({Reason}); trying again.", sql.Queue, e.Message);
        return new ClaimResult(false, [], WorkerPause: transaction?.IsBroken == true ? ConnectionIsGone : DatabaseIsAway);
    }

    /// <summary>
    /// After a conflict its messages go alone, so that each holds few locks for a short time; after several failures as if they had killed
    /// the process.
    /// </summary>
    private ClaimResult Undone(List<Envelope> taken, Exception e, bool isBroken)
    {
        var isConflict = e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };
        if (isConflict || isBroken) log.LogWarning("A batch of {Queue} was undone ({Reason}); it is tried again.", sql.Queue, e.Message);
        else log.LogError(e, "A batch of {Queue} could not be committed; it is tried again.", sql.Queue);
        return new ClaimResult(false, [], Undone: taken.Count, Alone: isConflict ? taken.Count : 0, Pause: isConflict ? SlotIsTaken : ConnectionIsGone);
    }

    private async Task<ClaimResult> HandleBatch(Claim claim, List<Envelope> taken, BusTransaction transaction)
    {
        if (taken.Any(e => e.Crashes > 0)) return new ClaimResult(false, [], Careful: taken.Count);
        if (taken.Count > 1 && taken.Any(e => _slowTypes.ContainsKey(e.MessageType!))) return new ClaimResult(false, [], Alone: taken.Count);

        var run = new HandlerRun(log);
        try
        {
            HandlerChain[] chains = [.. taken.Select(bus.Router.Open)];
            if (taken.Count > 1) await WorkTogether(taken, chains, transaction.Channel);
            for (var i = 0; i < taken.Count; i++) await Handle(taken[i], transaction, run, chains[i]);
            foreach (var command in bus.Router.Store(transaction.Channel.TakeOutgoing())) transaction.Channel.Enqueue(command);
            await Commit(transaction);
        }
        catch (Exception e) when (!IsAway(e, transaction))
        {
            run.Forget();
            transaction.StartOver();
            return taken.Count == 1 ? await StepAside(claim, taken[0], e, transaction) : await HandleOneByOne(claim, taken, transaction);
        }
        catch (Exception)
        {
            run.Forget();
            throw;
        }

        Tell(run, transaction);
        return new ClaimResult(true, taken);
    }

    /// <summary>Each message at its own savepoint, each save at once: what fails goes back there and only its failure is stored.</summary>
    private async Task<ClaimResult> HandleOneByOne(Claim claim, List<Envelope> batch, BusTransaction transaction)
    {
        var taken = await transaction.Channel.ReadByIndexAsync(sql.ClaimAgain(claim.Slot, [.. batch.Select(e => e.QueueId)]), sql.ReadClaim, CancellationToken.None);
        if (taken is null) return new ClaimResult(false, [], Pause: SlotIsTaken);
        At(FaultPoint.ClaimedAgain, transaction);

        transaction.Channel.Immediate = true;
        var run = new HandlerRun(log);
        var retries = false;
        try
        {
            foreach (var envelope in taken)
            {
                await transaction.Execute("savepoint message");
                At(FaultPoint.AtSavepoint, transaction);
                run.Mark();
                try
                {
                    await Handle(envelope, transaction, run);
                    await transaction.Execute("release savepoint message");
                    At(FaultPoint.SavepointReleased, transaction);
                }
                catch (Exception e) when (!IsAway(e, transaction))
                {
                    run.Undo();
                    transaction.Channel.Discard();
                    await transaction.Execute("rollback to savepoint message");
                    At(FaultPoint.SavepointRolledBack, transaction);
                    retries |= Fail(envelope, e, transaction, run);
                }
            }

            await Commit(transaction);
        }
        catch (Exception)
        {
            run.Forget();
            throw;
        }

        Tell(run, transaction);
        return new ClaimResult(true, taken, retries);
    }

    /// <summary>A message that failed alone: only its failure is stored.</summary>
    private async Task<ClaimResult> StepAside(Claim claim, Envelope failed, Exception e, BusTransaction transaction)
    {
        var taken = await transaction.Channel.ReadByIndexAsync(sql.ClaimAgain(claim.Slot, [failed.QueueId]), sql.ReadClaim, CancellationToken.None);
        if (taken is null) return new ClaimResult(false, [], Pause: SlotIsTaken);
        if (taken.Count == 0) return new ClaimResult(true, []);
        At(FaultPoint.ClaimedAgain, transaction);
        taken[0].Attempts++;
        // What the commit refused is this message's own.
        var cause = e is PostgresException refused ? StorageErrors.Translate(refused, starts: false) ?? e : e;
        return await CommitFailure(taken[0], cause, transaction);
    }

    private async Task<ClaimResult> CommitFailure(Envelope envelope, Exception e, BusTransaction transaction)
    {
        var run = new HandlerRun(log);
        var retries = Fail(envelope, e, transaction, run);
        await Commit(transaction);
        Tell(run, transaction);
        return new ClaimResult(true, [envelope], retries);
    }

    /// <summary>
    /// One message whose attempt is committed before it is handled: a message that kills the process is counted, and after
    /// a few crashes given up. Between the two transactions the slot stays ours.
    /// </summary>
    private async Task<ClaimResult> HandleCarefully(Envelope envelope, BusTransaction transaction)
    {
        var channel = transaction.Channel;
        if (envelope.Crashes >= MostCrashes)
        {
            var given = new HandlerRun(log);
            Bury(envelope, new ProcessEndedException($"The process ended {envelope.Crashes} times while this message was handled."), transaction, given);
            await Commit(transaction);
            Tell(given, transaction);
            return new ClaimResult(true, [envelope]);
        }

        envelope.Crashes++;   // until it is known better
        channel.Enqueue(sql.Retry(envelope, TimeProvider.System.GetUtcNow() + options.Durability.CrashWait, null));
        channel.Enqueue(sql.KeepSlot(envelope.Slot));
        try
        {
            At(FaultPoint.CountingAttempt, transaction);
            await transaction.Commit();
            At(FaultPoint.AttemptCounted, transaction);
            envelope.Crashes--;
            transaction.Begin();
            return await HandleCounted(envelope, transaction);
        }
        catch (Exception) when (!transaction.IsBroken)
        {
            channel.Discard();
            channel.Enqueue(new NpgsqlBatchCommand("rollback"));
            throw;
        }
        finally
        {
            if (!transaction.IsBroken) await channel.FlushAsync(CancellationToken.None, sql.FreeSlot(envelope.Slot));
        }
    }

    private async Task<ClaimResult> HandleCounted(Envelope envelope, BusTransaction transaction)
    {
        if (!await TakeRetry(envelope, transaction)) return await LeaveToOthers(envelope, transaction);
        At(FaultPoint.CountedTaken, transaction);
        var run = new HandlerRun(log);
        try
        {
            await Handle(envelope, transaction, run);
            await Commit(transaction);
        }
        catch (Exception e) when (!transaction.IsBroken)
        {
            run.Forget();
            transaction.StartOver();
            if (!await TakeRetry(envelope, transaction)) return await LeaveToOthers(envelope, transaction);
            if (!IsAway(e, transaction)) return await CommitFailure(envelope, e, transaction);
            envelope.Attempts--;
            transaction.Channel.Enqueue(sql.Retry(envelope, TimeProvider.System.GetUtcNow() + DatabaseIsAway, e));
            await transaction.Commit();
            return new ClaimResult(true, [envelope], Retries: true);
        }
        catch (Exception)
        {
            run.Forget();
            throw;
        }

        Tell(run, transaction);
        return new ClaimResult(true, [envelope]);
    }

    private async Task Commit(BusTransaction transaction)
    {
        At(FaultPoint.Committing, transaction);
        await transaction.Commit();
        At(FaultPoint.Committed, transaction);
    }

    private void Tell(HandlerRun run, BusTransaction transaction)
    {
        run.Tell(bus);
        At(FaultPoint.Told, transaction);
    }

    private void At(FaultPoint point, BusTransaction transaction) => options.Fault?.Invoke(point, transaction.Channel.Connection);

    private void Watch(BusTransaction transaction) => transaction.Channel.Flushed = () => At(FaultPoint.Flushed, transaction);

    private Task<bool> TakeRetry(Envelope envelope, BusTransaction transaction) =>
        transaction.Channel.ReadAsync(sql.TakeRetry(envelope.Id), (reader, ct) => reader.ReadAsync(ct), CancellationToken.None);

    /// <summary>It waited so long that it was moved back to the queue.</summary>
    private static async Task<ClaimResult> LeaveToOthers(Envelope envelope, BusTransaction transaction)
    {
        await transaction.Execute("rollback");
        return new ClaimResult(true, [envelope]);
    }

    /// <summary>Reads all sagas of the batch at once, writes them at once, and sends at once what its handlers send.</summary>
    private Task WorkTogether(List<Envelope> taken, HandlerChain[] chains, BatchChannel channel)
    {
        channel.CollectOutgoing();
        var sagas = new List<(Type, string, string)>();
        for (var i = 0; i < taken.Count; i++)
        {
            if (chains[i].Reads is { } reads && reads.Id(taken[i].Message!) is { } id) sagas.Add((reads.Saga, taken[i].TenantId!, id));
        }

        return sagas.Count > 1 ? DocumentSession.ReadTogether(bus.Store, channel, sagas, CancellationToken.None) : Task.CompletedTask;
    }

    private async Task Handle(Envelope envelope, BusTransaction transaction, HandlerRun run, HandlerChain? opened = null)
    {
        envelope.Attempts++;
        var chain = opened ?? bus.Router.Open(envelope);
        run.Begin(envelope, chain);
        var began = TimeProvider.System.GetTimestamp();
        var (_, sent) = await bus.Handle(chain, envelope, transaction.Channel, null, CancellationToken.None);
        At(FaultPoint.Handled, transaction);
        if (TimeProvider.System.GetElapsedTime(began) > options.Durability.SlowHandler && _slowTypes.TryAdd(envelope.MessageType!, true))
            log.LogWarning("{Handler} is slow: it is handled alone from now on.", chain.Name);
        run.End(sent);
    }

    /// <summary>Stores what a failure leads to; true where it is tried again.</summary>
    private bool Fail(Envelope envelope, Exception e, BusTransaction transaction, HandlerRun run)
    {
        var action = options.Failures.ActionFor(e, envelope.Attempts);
        if (action.RetryAfter is { } wait)
        {
            transaction.Channel.Enqueue(sql.Retry(envelope, TimeProvider.System.GetUtcNow() + wait, e));
            At(FaultPoint.FailureStored, transaction);
            run.Afterwards(() =>
            {
                BusTelemetry.Retries.Add(1, BusTelemetry.Tags(envelope, "retried"));
                log.LogWarning(e, "{MessageType} failed at attempt {Attempt} and is tried again in {Wait}.", envelope.MessageType, envelope.Attempts, wait);
            });
            return true;
        }

        if (action.Discard) run.Afterwards(() => log.LogWarning(e, "{MessageType} failed and is dropped.", envelope.MessageType));
        else Bury(envelope, e, transaction, run);
        return false;
    }

    private void Bury(Envelope envelope, Exception e, BusTransaction transaction, HandlerRun run)
    {
        transaction.Channel.Enqueue(sql.Bury(envelope, bus.Router.Clock.GetUtcNow(), e));
        At(FaultPoint.FailureStored, transaction);
        run.Afterwards(() =>
        {
            BusTelemetry.DeadLetters.Add(1, BusTelemetry.Tags(envelope, "dead"));
            log.LogError(
                e, "{MessageType} is given up after {Attempts} attempts: it is in the dead letters of {Queue}.",
                envelope.MessageType, envelope.Attempts, sql.Queue);
        });
    }

    /// <summary>Whether the failure says nothing of the message: the database is away, others were in the way, or its tables changed.</summary>
    private static bool IsAway(Exception e, BusTransaction transaction) => transaction.IsBroken || e is PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown,
    } || (e is PostgresException outdated && StorageErrors.IsOutdatedPlan(outdated));
}

/// <summary>The process ended, more than once, while a message was handled.</summary>
public sealed class ProcessEndedException(string message) : Exception(message);
