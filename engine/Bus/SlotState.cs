namespace Engagement.Bus;

/// <summary>What one claim asks for: a slot, the tenants that have something there, from where on, how many of each.</summary>
/// <param name="Slot">The lane.</param>
/// <param name="Tenants">Who has something there.</param>
/// <param name="Lows">For each tenant the id above which to look.</param>
/// <param name="Marks">For each tenant the last word that something is there.</param>
/// <param name="Share">How many of each tenant.</param>
/// <param name="Careful">Alone, its attempt committed before it is handled.</param>
internal sealed record Claim(short Slot, string[] Tenants, long[] Lows, long[] Marks, int Share, bool Careful);

/// <summary>What came of a claim.</summary>
/// <param name="Committed">Whether the slot was ours and the claim's transaction committed.</param>
/// <param name="Taken">What is out of the queue.</param>
/// <param name="Retries">Whether some of it waits to be tried again.</param>
/// <param name="Undone">How many messages were begun without an end.</param>
/// <param name="Alone">How many of the next claims are to take one message only.</param>
/// <param name="Careful">How many of the next claims are to count their attempt first.</param>
/// <param name="Pause">How long to leave the slot alone.</param>
/// <param name="WorkerPause">How long the worker rests: others would fare no better.</param>
internal sealed record ClaimResult(
    bool Committed, IReadOnlyList<Envelope> Taken, bool Retries = false, int Undone = 0, int Alone = 0, int Careful = 0,
    TimeSpan? Pause = null, TimeSpan? WorkerPause = null);

/// <summary>What this process knows of one slot. Locked by its listener.</summary>
internal sealed class SlotState
{
    private const int MostUndone = 3;
    private const long Unknown = long.MaxValue;

    private readonly Dictionary<string, (long Low, long Mark)> _tenants = [];
    private long _marks;
    private int _turn;
    private int _undone;

    /// <summary>In the line of slots to be worked, or being worked.</summary>
    public bool IsQueued { get; set; }

    public int CarefulClaims { get; set; }

    public int SingleClaims { get; set; }

    public bool HasSome => _tenants.Count > 0;

    /// <summary>A message of the tenant is here, above <paramref name="low"/>.</summary>
    public void Found(string tenant, long low) =>
        _tenants[tenant] = (_tenants.TryGetValue(tenant, out var known) ? Math.Min(known.Low, low) : low, ++_marks);

    /// <summary>A message of the tenant is here, under an id that nobody knows.</summary>
    public void Hint(string tenant, long settled) => _tenants[tenant] = (_tenants.TryGetValue(tenant, out var known) ? known.Low : settled, ++_marks);

    /// <summary>
    /// The next claim: every tenant gets the same share, in turn where there are more tenants than places. It never begins above the horizon: who
    /// committed late under a lower id comes before those that were sent after that commit.
    /// </summary>
    public Claim Next(short slot, int batchSize, long settled)
    {
        var size = CarefulClaims > 0 || SingleClaims > 0 ? 1 : batchSize;
        var all = _tenants.ToArray();
        var tenants = all.Length <= size ? all : [.. Enumerable.Range(_turn, size).Select(i => all[i % all.Length])];
        _turn = all.Length == 0 ? 0 : (_turn + tenants.Length) % all.Length;
        foreach (var (tenant, known) in tenants) _tenants[tenant] = (Unknown, known.Mark);   // until it is done: what is found meanwhile counts
        return new Claim(slot, [.. tenants.Select(t => t.Key)], [.. tenants.Select(t => Math.Min(t.Value.Low, settled))], [.. tenants.Select(t => t.Value.Mark)],
            Math.Max(1, size / Math.Max(1, tenants.Length)), CarefulClaims > 0);
    }

    public void Done(Claim claim, ClaimResult result)
    {
        SingleClaims = result.Alone > 0 ? result.Alone : Math.Max(0, SingleClaims - 1);
        if (result.Careful > 0) CarefulClaims = result.Careful;
        if (result.Undone > 0 && ++_undone >= MostUndone) (CarefulClaims, _undone) = (Math.Max(CarefulClaims, result.Undone), 0);
        if (result.Committed)
        {
            _undone = 0;
            CarefulClaims = Math.Max(0, CarefulClaims - 1);
        }

        for (var i = 0; i < claim.Tenants.Length; i++)
        {
            var (tenant, last, count) = (claim.Tenants[i], claim.Lows[i], 0);
            foreach (var envelope in result.Committed ? result.Taken : [])
            {
                if (envelope.TenantId != tenant) continue;
                count++;
                last = Math.Max(last, envelope.QueueId);
            }

            var known = _tenants[tenant];
            if (result.Committed && count < claim.Share && known.Mark == claim.Marks[i]) _tenants.Remove(tenant);
            else _tenants[tenant] = (Math.Min(known.Low, last), known.Mark);
        }
    }
}

/// <summary>
/// The id up to which every message is known to be committed or dead. Whoever draws an id holds a writer's lock on the table until its
/// transaction ends: an id counts once everybody who wrote when it was seen has ended. Used by one scout; what is read is thread-safe.
/// </summary>
internal sealed class Horizon
{
    private long _settled;
    private long _highest;
    private long _candidate;
    private HashSet<string>? _writers;

    public long Settled => Interlocked.Read(ref _settled);

    /// <summary>The highest id that was seen or claimed.</summary>
    public long Highest => Interlocked.Read(ref _highest);

    public void Claimed(long id)
    {
        for (var known = Highest; id > known; known = Highest) Interlocked.CompareExchange(ref _highest, id, known);
    }

    /// <param name="writers">Who wrote to the table, asked before the look for messages and after <see cref="Highest"/> was known.</param>
    /// <param name="highest">The highest id of the look.</param>
    public void Saw(IReadOnlyCollection<string> writers, long highest)
    {
        if (_candidate > Settled)
        {
            if (_writers is null) _writers = [.. writers];
            else _writers.IntersectWith(writers);
            if (_writers.Count == 0) Interlocked.Exchange(ref _settled, _candidate);
        }

        Claimed(highest);
        if (_candidate <= Settled) (_candidate, _writers) = (Highest, null);
    }
}

/// <summary>
/// A time below which nothing waits any more, because all of it was moved at least ten seconds ago; who commits later than that is found by
/// the next full look. Keeps dead rows out of the way. Used by one scout; <see cref="Value"/> is thread-safe.
/// </summary>
internal sealed class Floor
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(10);

    private long _value;
    private DateTimeOffset _next = DateTimeOffset.MinValue;
    private long _since;

    public DateTimeOffset Value => new(Interlocked.Read(ref _value), TimeSpan.Zero);

    /// <summary>All that was due at <paramref name="now"/> has been moved.</summary>
    public void Moved(DateTimeOffset now)
    {
        if (now < _next) (_value, _next) = (0, DateTimeOffset.MinValue);   // the clock was moved back
        if (_since != 0 && TimeProvider.System.GetElapsedTime(_since) < Age) return;
        Interlocked.Exchange(ref _value, _next.UtcTicks);
        (_next, _since) = (now, TimeProvider.System.GetTimestamp());
    }
}
