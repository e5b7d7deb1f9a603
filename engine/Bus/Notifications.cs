using System.Collections.Concurrent;
using Npgsql;
using Microsoft.Extensions.Logging;

namespace Engagement.Bus;

/// <summary>
/// Wakes other processes and is woken by them: LISTEN on a connection of its own, NOTIFY after commits, at most 20 a second.
/// The same connection holds the lock that says this process is alive. Thread-safe.
/// </summary>
internal sealed class Notifications(NpgsqlDataSource dataSource, WolverineOptions options, ILogger log) : IDisposable
{
    private const string Channel = "engagement_bus";
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    /// <summary>After so long without a word the connection is asked whether it still stands.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, bool> _toNotify = new();
    private readonly SemaphoreSlim _hasSome = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyDictionary<string, QueueListener> _listeners = new Dictionary<string, QueueListener>();
    private Task _listening = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private long _node;

    /// <summary>Says after a commit that a queue of another process has something new.</summary>
    public void Notify(string queue)
    {
        if (!_toNotify.TryAdd(queue, true)) return;
        lock (_hasSome)
        {
            if (_hasSome.CurrentCount == 0) _hasSome.Release();
        }
    }

    /// <summary>Begins to listen; gives the queues of which a process did not stop cleanly.</summary>
    public async Task<IReadOnlySet<string>> StartAsync(IReadOnlyDictionary<string, QueueListener> listeners, CancellationToken ct)
    {
        _sending = Task.Run(SendLoop, CancellationToken.None);
        _listeners = listeners;
        var unclean = new HashSet<string>();
        if (listeners.Count == 0) return unclean;

        var connection = await dataSource.OpenConnectionAsync(ct);
        foreach (var queue in listeners.Keys)
        {
            await using var dead = new NpgsqlCommand(
                $"delete from {options.TransportSchema}.{queue}_nodes where pg_try_advisory_lock(id) returning pg_advisory_unlock(id)", connection);
            if (await dead.ExecuteNonQueryAsync(ct) > 0) unclean.Add(queue);
        }

        await Begin(connection, ct);
        _listening = Task.Run(() => ListenLoop(connection), CancellationToken.None);
        return unclean;
    }

    /// <summary>Says what is still to be said, and that this process ends cleanly. Where it can't, it ends all the same and the next one is careful.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        try
        {
            // The pool may hand out a connection that was cut long ago; after that it is empty.
            if (!await SayFarewell(ct) && !await SayFarewell(ct)) log.LogWarning("PostgreSQL could not be told that this process ends cleanly.");
        }
        finally
        {
            await _stop.CancelAsync();
        }

        await Task.WhenAll(_listening, _sending).WaitAsync(ct);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _hasSome.Dispose();
    }

    private async Task<bool> SayFarewell(CancellationToken ct)
    {
        try
        {
            foreach (var queue in _node == 0 ? [] : _listeners.Keys)
            {
                await using var gone = dataSource.CreateCommand($"delete from {options.TransportSchema}.{queue}_nodes where id = $1");
                gone.Parameters.Add(new() { Value = _node });
                await gone.ExecuteNonQueryAsync(ct);
            }

            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Makes it the connection that listens and shows that we live. Each gets a name of its own: the lock of a lost one may outlive it.</summary>
    private async Task Begin(NpgsqlConnection connection, CancellationToken ct)
    {
        var node = Random.Shared.NextInt64(1, long.MaxValue);
        connection.Notification += (_, e) =>
        {
            if (_listeners.TryGetValue(e.Payload, out var listener)) listener.Wake();
        };
        await using var alive = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { Parameters = { new() { Value = node } } };
        await alive.ExecuteNonQueryAsync(ct);
        foreach (var queue in _listeners.Keys)
        {
            await using var born = new NpgsqlCommand(
                $"""
                with gone as (delete from {options.TransportSchema}.{queue}_nodes where id = $1)
                insert into {options.TransportSchema}.{queue}_nodes (id, started_at) values ($2, $3)
                """, connection)
            {
                Parameters = { new() { Value = _node }, new() { Value = node }, new() { Value = TimeProvider.System.GetUtcNow().UtcDateTime } },
            };
            await born.ExecuteNonQueryAsync(ct);
        }

        _node = node;
        await using var listen = new NpgsqlCommand($"listen {Channel}", connection);
        await listen.ExecuteNonQueryAsync(ct);
    }

    private async Task ListenLoop(NpgsqlConnection connection)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await connection.WaitAsync(LongestSilence, _stop.Token)) continue;
                await using var ask = new NpgsqlCommand("select 1", connection);
                await ask.ExecuteNonQueryAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                log.LogWarning("The connection that listens for messages broke ({Reason}); connecting again.", e.Message);
                await Close(connection);
                if (await Reconnect() is not { } another) return;
                connection = another;
            }
        }

        await Close(connection);
    }

    private async Task<NpgsqlConnection?> Reconnect()
    {
        while (!_stop.IsCancellationRequested)
        {
            NpgsqlConnection? connection = null;
            try
            {
                connection = await dataSource.OpenConnectionAsync(_stop.Token);
                await Begin(connection, _stop.Token);
                foreach (var listener in _listeners.Values) listener.Wake();
                return connection;
            }
            catch (Exception e)
            {
                if (connection is not null) await Close(connection);
                if (_stop.IsCancellationRequested) break;
                log.LogWarning("PostgreSQL can't be reached to listen for messages ({Reason}); trying again.", e.Message);
                await Quiet(Task.Delay(BetweenAttempts, TimeProvider.System, _stop.Token));
            }
        }

        return null;
    }

    /// <summary>Gives the connection back to the pool as it came: it no longer listens, nor holds a lock.</summary>
    private static async Task Close(NpgsqlConnection connection)
    {
        try
        {
            await using (connection)
            {
                if (!connection.FullState.HasFlag(System.Data.ConnectionState.Open)) return;
                await using var clear = new NpgsqlBatch(connection) { BatchCommands = { new("unlisten *"), new("select pg_advisory_unlock_all()") } };
                await clear.ExecuteNonQueryAsync();
            }
        }
        catch (NpgsqlException)
        {
            // It broke: the pool does not get it, and PostgreSQL clears up.
        }
    }

    private async Task SendLoop()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Quiet(_hasSome.WaitAsync(_stop.Token));
            await Send();
            await Quiet(Task.Delay(Apart, TimeProvider.System, _stop.Token));
        }

        await Send();
    }

    private async Task Send()
    {
        string[] queues = [.. _toNotify.Keys];
        foreach (var queue in queues) _toNotify.TryRemove(queue, out _);
        if (queues.Length == 0) return;
        options.Fault?.Invoke(FaultPoint.Notifying, null);
        try
        {
            await using var notify = dataSource.CreateCommand("select pg_notify($1, q) from unnest($2::text[]) q");
            notify.Parameters.Add(new() { Value = Channel });
            notify.Parameters.Add(new() { Value = queues });
            await notify.ExecuteNonQueryAsync();
        }
        catch (Exception e)
        {
            // The receivers poll each second all the same.
            log.LogWarning("Other services could not be woken ({Reason}).", e.Message);
        }
    }

    /// <summary>Waits; being stopped is an end of the wait like any other.</summary>
    private static Task Quiet(Task wait) =>
        wait.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
