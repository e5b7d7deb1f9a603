using System.Collections.Concurrent;
using Engagement.ServiceDefaults;
using Npgsql;

namespace Engagement.Gateway.Shops;

/// <summary>
/// Finds keys. One that was found is trusted for a second, so a revoked key works for that long at most; which keys were used is written once a minute.
/// Thread-safe.
/// </summary>
internal sealed class KeyRing(IDocumentStore store, RealTime real, TimeProvider clock, ILogger<KeyRing> log) : BackgroundService
{
    public static readonly TimeSpan Trusted = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<string, (ApiKey Key, long FoundAt)> _found = new();
    private ConcurrentDictionary<string, DateTimeOffset> _used = new();

    /// <summary>The key, if it is valid now.</summary>
    public async ValueTask<ApiKey?> FindAsync(string key, CancellationToken ct)
    {
        var id = ApiKeys.Hash(key);
        if (!_found.TryGetValue(id, out var known) || real.Clock.GetElapsedTime(known.FoundAt) >= Trusted)
        {
            var asked = real.Clock.GetTimestamp();
            await using var session = store.QuerySession(ApiKeys.Registry);
            if (await session.LoadAsync<ApiKey>(id, ct) is not { } loaded)
            {
                _found.TryRemove(id, out _);
                return null;
            }

            if (_found.Count >= Most) _found.Clear();
            _found[id] = known = (loaded, asked);
        }

        var now = clock.GetUtcNow();
        if (!known.Key.IsValid(now)) return null;
        _used[id] = now;
        return known.Key;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(WriteEvery, real.Clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await WriteAsync();
            if (stoppingToken.IsCancellationRequested) return;
        }
    }

    private async Task WriteAsync()
    {
        var used = Interlocked.Exchange(ref _used, new());
        if (used.IsEmpty) return;
        try
        {
            await using var session = store.LightweightSession(ApiKeys.Registry);
            session.Store([.. used.OrderBy(use => use.Key, StringComparer.Ordinal).Select(use => new KeyUse(use.Key, use.Value))]);   // one order: no deadlocks
            await session.SaveChangesAsync(CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            log.LogWarning(e, "When {Count} keys were last used could not be written.", used.Count);
        }
    }
}
