using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Keeps this process's clock with the one in the database: read before anything else starts, then told by the database at once,
/// and asked each second, when it also says how far it has followed. On one connection of its own.
/// </summary>
internal sealed class ClockFollower(DomainClock clock, NpgsqlDataSource database, RealTime real, string service, ILogger<ClockFollower> log)
    : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly Guid _instance = Guid.NewGuid();
    private readonly CancellationTokenSource _stop = new();
    private Task _following = Task.CompletedTask;

    /// <summary>Before any service's start, so before the first message.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await ConnectAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState
            is PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new InvalidOperationException("The domain's clock can't be read: run tools/Migrate on this database, for development.", error);
        }

        var stopping = _stop.Token;
        _following = Task.Run(() => FollowAsync(connection, stopping), CancellationToken.None);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After all others: until then they follow the clock.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _following;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task FollowAsync(NpgsqlConnection? connection, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                connection ??= await ConnectAsync(stopping);
                while (true)
                {
                    await connection.WaitAsync(Poll, stopping);
                    await SyncAsync(connection, stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (NpgsqlException error)
            {
                log.LogWarning(error, "The domain's clock can't be followed for now.");
                if (connection is not null) await connection.DisposeAsync();
                connection = null;
                await Task.Delay(Poll, real.Clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (connection is null) return;
        await using (connection) await UnfollowAsync(connection);
    }

    private async Task UnfollowAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var unfollow = new NpgsqlCommand("select bus.unfollow_clock($1)", connection) { Parameters = { new() { Value = _instance } } };
            await unfollow.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (NpgsqlException error)
        {
            log.LogDebug(error, "The clock's steps will wait a few seconds for this instance.");
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            connection.Notification += (_, told) => Take(told.Payload);
            await using (var listen = new NpgsqlCommand("listen engagement_clock", connection)) await listen.ExecuteNonQueryAsync(ct);
            await SyncAsync(connection, ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says which version is followed; again when the answer is a newer one.</summary>
    private async Task SyncAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        for (var followed = long.MinValue; followed < clock.Version;)
        {
            followed = clock.Version;
            await using var follow = new NpgsqlCommand("select offset_ticks, version from bus.follow_clock($1, $2, $3, $4)", connection)
            {
                Parameters = { new() { Value = _instance }, new() { Value = service }, new() { Value = followed }, new() { Value = real.Now } },
            };
            await using var reader = await follow.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            clock.Follow(TimeSpan.FromTicks(reader.GetInt64(0)), reader.GetInt64(1));
        }
    }

    private void Take(string payload)
    {
        if (payload.Split(' ') is [var version, var ticks]
            && long.TryParse(version, CultureInfo.InvariantCulture, out var v) && long.TryParse(ticks, CultureInfo.InvariantCulture, out var t))
        {
            clock.Follow(TimeSpan.FromTicks(t), v);
        }
    }
}
