namespace Engagement.ServiceDefaults;

/// <summary>How an attempt ended.</summary>
public sealed class DeliveryOutcome
{
    private DeliveryOutcome(string name, string error = "", bool isFinal = false, TimeSpan? retryAfter = null) =>
        (Name, Error, IsFinal, RetryAfter) = (name, error, isFinal, retryAfter);

    /// <summary>It has gone out.</summary>
    public static DeliveryOutcome Delivered { get; } = new("delivered");

    /// <summary>Another instance has it; nothing was sent and nothing is left to do.</summary>
    public static DeliveryOutcome Lost { get; } = new("lost");

    internal static DeliveryOutcome Interrupted { get; } = new("interrupted");

    /// <summary>It didn't work this time.</summary>
    /// <param name="error">For staff, such as <c>smtp 451</c>; no personal data.</param>
    /// <param name="retryAfter">The receiver's own wish, real time, where it is longer than the wait of the options.</param>
    public static DeliveryOutcome Failed(string error, TimeSpan? retryAfter = null) => new("failed", error, retryAfter: retryAfter);

    /// <summary>It was not tried, for a reason of our own, and that doesn't count as an attempt: real time.</summary>
    public static DeliveryOutcome Postponed(TimeSpan by) => new("postponed", retryAfter: by);

    /// <summary>It will never work: given up at once.</summary>
    /// <param name="error">For staff, such as <c>smtp 550</c>; no personal data.</param>
    public static DeliveryOutcome Refused(string error) => new("refused", error, isFinal: true);

    /// <summary>It must not go now, for a reason of our own and no failure: the channel says in the same commit that ends it what becomes of it instead.</summary>
    public static DeliveryOutcome Withheld { get; } = new("withheld");

    internal string Name { get; }

    internal string Error { get; }

    internal bool IsFinal { get; }

    internal bool IsPostponed => Name == "postponed";

    internal TimeSpan? RetryAfter { get; }

    public override string ToString() => Error.Length == 0 ? Name : $"{Name}: {Error}";
}
