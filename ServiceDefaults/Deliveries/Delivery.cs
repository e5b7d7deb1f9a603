using System.Text.Json;

namespace Engagement.ServiceDefaults;

/// <summary>One thing to deliver, leased to this instance for this attempt.</summary>
public sealed class Delivery
{
    private readonly Func<Delivery, SqlStatement?, CancellationToken, Task<bool?>> _stillMine;
    private volatile bool _over;

    internal Delivery(Func<Delivery, SqlStatement?, CancellationToken, Task<bool?>> stillMine) => _stillMine = stillMine;

    public required string Tenant { get; init; }

    /// <summary>Unique in its shop and stable over all attempts: what the receiver can tell repeats by.</summary>
    public required string Id { get; init; }

    public required string Kind { get; init; }

    /// <summary>JSON by <see cref="StoredJson"/>.</summary>
    public required string Payload { get; init; }

    /// <summary>The W3C traceparent of what asked for it.</summary>
    public string? Traceparent { get; init; }

    /// <summary>1 for the first; counted when claimed, so that an attempt that kills the process counts.</summary>
    public required int Attempt { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? LastError { get; init; }

    /// <summary>Real time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What this attempt found out that whoever records its outcome needs to know. Never stored.</summary>
    public object? Found { get; set; }

    /// <summary>Reads the payload.</summary>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T Read<T>() => JsonSerializer.Deserialize<T>(Payload, StoredJson.Options)
        ?? throw new JsonException($"The payload is null, not a {typeof(T).Name}.");

    /// <summary>
    /// To be asked just before the point of no return (the final dot of SMTP, the POST of a webhook): false when another instance
    /// has taken over, or the lease couldn't outlive this attempt; the answer then is <see cref="DeliveryOutcome.Lost"/>.
    /// One round trip. What follows must end within the attempt's limit.
    /// </summary>
    public async Task<bool> StillMineAsync(CancellationToken ct = default) => await AskAsync(null, ct) is true;

    /// <summary>As <see cref="StillMineAsync(CancellationToken)"/>, and whether a condition of the service's own holds, in the same round trip.</summary>
    /// <param name="condition">On the service's tables, true or false; with <c>?</c> for each argument and nowhere else.</param>
    /// <returns>Null where it is this attempt's no more; false where the condition doesn't hold, and it may be <see cref="DeliveryOutcome.Withheld"/>.</returns>
    public Task<bool?> StillMineAsync(SqlStatement condition, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return AskAsync(condition, ct);
    }

    /// <summary>The attempt was let past the point of no return.</summary>
    internal bool MayHaveGone { get; private set; }

    private async Task<bool?> AskAsync(SqlStatement? condition, CancellationToken ct)
    {
        if (_over) return null;
        var mine = await _stillMine(this, condition, ct);
        MayHaveGone = mine is true;
        return _over ? null : mine;   // cut off meanwhile
    }

    /// <summary>An attempt that was cut off must not go through any more.</summary>
    internal void End() => _over = true;
}
