using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>Unwrapped keys in memory: bounded in number, each trusted for a short time only. Thread-safe.</summary>
internal sealed class KeyCache(VaultOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private Dictionary<(string, CustomerId), Entry> _young = [];
    private Dictionary<(string, CustomerId), Entry> _old = [];

    private readonly record struct Entry(BoxKey Key, long CheckedAt);

    public BoxKey? Find(string tenant, CustomerId customer)
    {
        lock (_lock)
        {
            return (_young.TryGetValue((tenant, customer), out var entry) || _old.TryGetValue((tenant, customer), out entry))
                && clock.GetElapsedTime(entry.CheckedAt) < options.RecheckAfter ? entry.Key : null;
        }
    }

    /// <summary>Two generations bound the size: when the young one is full, the old one is dropped whole.</summary>
    public void Keep(string tenant, CustomerId customer, BoxKey key, long checkedAt)
    {
        lock (_lock)
        {
            if (_young.Count >= Math.Max(1, options.CachedKeys / 2)) (_old, _young) = (_young, []);
            _young[(tenant, customer)] = new Entry(key, checkedAt);
        }
    }

    public void Drop(string tenant, CustomerId customer)
    {
        lock (_lock)
        {
            _young.Remove((tenant, customer));
            _old.Remove((tenant, customer));
        }
    }

    public int Count
    {
        get
        {
            lock (_lock) return _young.Count + _old.Count;
        }
    }
}
