namespace Engagement.ServiceDefaults;

/// <summary>How a <see cref="DeliveryWorker{TChannel}"/> works. All times are real time.</summary>
public sealed class DeliveryWorkerOptions
{
    /// <summary>Attempts under way at once, at most; default 8.</summary>
    public int Concurrency { get; set; } = 8;

    /// <summary>How long a claimed delivery is left to its instance; default 60 s. Instances' clocks must agree within a fraction of it.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long one attempt may take; default 20 s, and at most a third of the lease.</summary>
    public TimeSpan AttemptLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The waits after the 1st, 2nd… failed attempt, each varied by a fifth; when they are used up, the delivery is given up.
    /// Default: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h: ten attempts over sixteen hours.
    /// </summary>
    public IReadOnlyList<TimeSpan> Waits { get; set; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(4), TimeSpan.FromHours(8),
    ];

    /// <summary>The safety net beneath the waking; default 1 s.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long attempts under way may go on when the service stops; default 5 s.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(5);

    internal int MaxAttempts => Waits.Count + 1;

    internal DeliveryWorkerOptions Checked() =>
        Concurrency < 1 ? throw new InvalidOperationException("Deliveries need a concurrency of 1 or more.")
        : AttemptLimit * 3 > Lease ? throw new InvalidOperationException("A delivery's attempt limit can be a third of its lease at most.")
        : this;

    internal TimeSpan WaitAfter(int attempt) => Waits[attempt - 1] * (0.8 + (0.4 * Random.Shared.NextDouble()));
}
