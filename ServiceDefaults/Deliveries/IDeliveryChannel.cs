namespace Engagement.ServiceDefaults;

/// <summary>
/// A way out of the house, such as SMTP. A singleton; attempts run at once, up to <see cref="DeliveryWorkerOptions.Concurrency"/>.
/// </summary>
/// <remarks>
/// At least once: a process that dies between the receiver's acceptance and the commit of <see cref="DeliveredAsync"/> delivers
/// again when its lease has ended.
/// </remarks>
public interface IDeliveryChannel
{
    /// <summary>The kind of deliveries it takes: <c>mail</c>.</summary>
    string Kind { get; }

    /// <summary>How many of <paramref name="most"/> deliveries the receiver can be given now; asked before they are claimed, by one worker at a time.</summary>
    Allowance Allow(int most) => new(most);

    /// <summary>So many of those were claimed, and their attempts begin.</summary>
    void Begun(int deliveries)
    {
    }

    /// <summary>
    /// Tries once, within the token's limit, and asks <see cref="Delivery.StillMineAsync(CancellationToken)"/> before the point of no return. What it
    /// throws counts as failed; only the exception's type is kept, since a message may quote an address.
    /// </summary>
    Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct);

    /// <summary>Records the success, and runs <paramref name="done"/> in the same transaction. Tried again, a few times, when it throws.</summary>
    Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct);

    /// <summary>Records that it won't be delivered, and runs <paramref name="done"/> in the same transaction. Tried again later when it throws.</summary>
    /// <param name="error">The last attempt's error.</param>
    Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct);

    /// <summary>Records what becomes of what was withheld, and runs <paramref name="done"/> in the same transaction, which may make it due again.</summary>
    Task WithheldAsync(Delivery delivery, SqlStatement done, CancellationToken ct) => throw new NotSupportedException($"{Kind} withholds nothing.");
}

/// <param name="Count">What may begin now.</param>
/// <param name="AskAgain">Where it is less than was asked for: when there may be more, in real time.</param>
public readonly record struct Allowance(int Count, TimeSpan AskAgain = default);
