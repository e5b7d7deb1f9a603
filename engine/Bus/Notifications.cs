using System.Collections.Concurrent;
using Npgsql;
using Microsoft.Extensions.Logging;

namespace Engagement.Bus;

/// <summary>
/// Wakes other processes and is woken by them: LISTEN on a connection of its own, NOTIFY after commits, at most 20 a second.
/// The same connection holds the lock that says this process is alive.
/// </summary>
internal sealed class Notifications(NpgsqlDataSource dataSource, ILogger log) : IDisposable
{
    private const string Channel = "engagement_bus";
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(50);

    private readonly long _node = Random.Shared.NextInt64(1, long.MaxValue);
    private readonly ConcurrentDictionary<string, bool> _toNotify = new();
    private readonly SemaphoreSlim _hasSome = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyDictionary<string, QueueListener> _listeners = new Dictionary<string, QueueListener>();
    private Task _listening = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

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
    public async Task<IReadOnlySet<string>> StartAsync(string schema, IReadOnlyDictionary<string, QueueListener> listeners, TimeProvider clock, CancellationToken ct)
    {
        _sending = Task.Run(SendLoop, CancellationToken.None);
        _listeners = listeners;
        var unclean = new HashSet<string>();
        if (listeners.Count == 0) return unclean;

        var connection = await Connect(ct);
        foreach (var queue in listeners.Keys)
        {
            await using var dead = new NpgsqlCommand($"delete from {schema}.{queue}_nodes where pg_try_advisory_lock(id) returning pg_advisory_unlock(id)", connection);
            if (await dead.ExecuteNonQueryAsync(ct) > 0) unclean.Add(queue);
            await using var born = new NpgsqlCommand($"insert into {schema}.{queue}_nodes (id, started_at) values ($1, $2)", connection)
            {
                Parameters = { new() { Value = _node }, new() { Value = clock.GetUtcNow().UtcDateTime } },
            };
            await born.ExecuteNonQueryAsync(ct);
        }

        _listening = Task.Run(() => ListenLoop(connection), CancellationToken.None);
        return unclean;
    }

    public async Task StopAsync(string schema, IEnumerable<string> queues, CancellationToken ct)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_listening, _sending);
        foreach (var queue in queues)
        {
            await using var gone = dataSource.CreateCommand($"delete from {schema}.{queue}_nodes where id = $1");
            gone.Parameters.Add(new() { Value = _node });
            await gone.ExecuteNonQueryAsync(ct);
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _hasSome.Dispose();
    }

    private async Task<NpgsqlConnection> Connect(CancellationToken ct)
    {
        var connection = await dataSource.OpenConnectionAsync(ct);
        connection.Notification += (_, e) =>
        {
            if (_listeners.TryGetValue(e.Payload, out var listener)) listener.Wake();
        };
        await using var listen = new NpgsqlCommand($"listen {Channel}", connection);
        await listen.ExecuteNonQueryAsync(ct);
        await using var alive = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { Parameters = { new() { Value = _node } } };
        await alive.ExecuteNonQueryAsync(ct);
        return connection;
    }

    private async Task ListenLoop(NpgsqlConnection connection)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                while (true) await connection.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is NpgsqlException or System.IO.IOException or InvalidOperationException)
            {
                log.LogWarning("The connection that listens for messages broke ({Reason}); connecting again.", e.Message);
                await connection.DisposeAsync();
                connection = await Reconnect(connection);
            }
        }

        // The pool must not get a connection that listens and holds a lock.
        NpgsqlConnection.ClearPool(connection);
        await connection.DisposeAsync();
    }

    private async Task<NpgsqlConnection> Reconnect(NpgsqlConnection broken)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var connection = await Connect(_stop.Token);
                foreach (var listener in _listeners.Values) listener.Wake();
                return connection;
            }
            catch (NpgsqlException e)
            {
                log.LogWarning("PostgreSQL can't be reached to listen for messages ({Reason}); trying again.", e.Message);
                await Quiet(Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, _stop.Token));
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
        }

        return broken;
    }

    private async Task SendLoop()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Quiet(_hasSome.WaitAsync(_stop.Token));
            string[] queues = [.. _toNotify.Keys];
            foreach (var queue in queues) _toNotify.TryRemove(queue, out _);
            if (queues.Length == 0) continue;
            try
            {
                await using var notify = dataSource.CreateCommand("select pg_notify($1, q) from unnest($2::text[]) q");
                notify.Parameters.Add(new() { Value = Channel });
                notify.Parameters.Add(new() { Value = queues });
                await notify.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (NpgsqlException e)
            {
                // The receivers poll each second all the same.
                log.LogWarning("Other services could not be woken ({Reason}).", e.Message);
            }

            await Quiet(Task.Delay(Apart, TimeProvider.System, _stop.Token));
        }
    }

    /// <summary>Waits; being stopped is an end of the wait like any other.</summary>
    private static Task Quiet(Task wait) => wait.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
